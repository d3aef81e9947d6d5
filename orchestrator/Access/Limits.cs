using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;

namespace Probes.Orchestrator.Access;

/// <summary>How much anybody may ask: refusals of sign-in and enrolment by address, requests by key or user, and by address for strangers.</summary>
internal sealed class Limits(IOptions<LimitOptions> options, TimeProvider clock, ILogger<Limits> log)
{
    // One line a minute for each kind of limit; an attack must not fill the log.
    private readonly Buckets _lines = new(1, clock, most: 16);
    private readonly Buckets _api = new(options.Value.ApiPerMinute, clock);
    private readonly Buckets _strangers = new(options.Value.StrangerPerMinute, clock);

    /// <summary>One is taken for each sign-in that was refused.</summary>
    internal Buckets SignIn { get; } = new(options.Value.SignInPerMinute, clock);

    /// <summary>One is taken for each enrolment that was refused.</summary>
    internal Buckets Enrolment { get; } = new(options.Value.EnrolmentPerMinute, clock);

    /// <summary>What stands for the other side: an IPv4 address, or the /64 that one customer has of IPv6.</summary>
    internal static string Key(IPAddress? address)
    {
        if (address is null || address.AddressFamily == AddressFamily.InterNetwork)
        {
            return address?.ToString() ?? "";
        }

        return address.IsIPv4MappedToIPv6 ? address.MapToIPv4().ToString() : Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8));
    }

    /// <summary>Every request of the people's listener, except for assets, health and the sign-in page, which has a limit of its own.</summary>
    internal Task EnforceAsync(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint() is { } endpoint && RoleRule.Of(endpoint, context.Request.Method).Door is Door.Open or Door.Agents)
        {
            return next(context);
        }

        var id = context.User.FindFirst(ApiKeyHandler.KeyIdClaim)?.Value ?? context.User.FindFirst(Caller.UserIdClaim)?.Value;
        var (buckets, key, kind) = id is not null ? (_api, id, "Limits:ApiPerMinute") : (_strangers, Key(context.Connection.RemoteIpAddress), "Limits:StrangerPerMinute");
        return buckets.TryTake(key) ? next(context) : RefuseAsync(context, buckets, kind);
    }

    internal Task RefuseAsync(HttpContext context, Buckets buckets, string setting)
    {
        Note(setting, context.Connection.RemoteIpAddress);
        context.Response.Headers.RetryAfter = buckets.RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
        return Challenge.WriteProblemAsync(context, StatusCodes.Status429TooManyRequests, "Too many requests",
            $"try again in {buckets.RetryAfterSeconds} s; the limit is set by {setting}");
    }

    internal void Note(string setting, IPAddress? address)
    {
        if (_lines.TryTake(setting))
        {
            Log.Limited(log, setting, address?.ToString() ?? "?");
        }
    }
}
