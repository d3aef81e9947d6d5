using Microsoft.Extensions.Options;
using Probes.Orchestrator.Access;

namespace Probes.Orchestrator.Broker;

/// <summary>
/// What RabbitMQ's rabbitmq_auth_backend_http asks, as forms, and takes as a bare <c>allow</c> or <c>deny</c> (its README). On a listener of its own: what is
/// asked there opens nothing for people.
/// </summary>
internal static class AuthEndpoints
{
    private const int MaxForm = 16 * 1024;

    internal static void Map(WebApplication app)
    {
        var options = app.Services.GetRequiredService<IOptions<BrokerOptions>>().Value;
        if (options.AuthUrl.Length == 0)
        {
            return;
        }

        var rights = app.Services.GetRequiredService<AgentRights>();
        var prefix = options.AuthSecret.Length > 0 ? $"/{options.AuthSecret}/auth" : "/auth";
        var routes = app.MapGroup(prefix).AllowAnonymous().ExcludeFromDescription().WithMetadata(new ListenerMetadata(Listener.Broker));
        Map(routes, "user", form => rights.MayLogIn(form("username"), form("password")));
        Map(routes, "vhost", form => rights.MayEnter(form("username"), form("vhost")));
        Map(routes, "resource", form => rights.MayUse(form("username"), form("vhost"), form("resource"), form("name"), form("permission")));
        Map(routes, "topic", form => rights.MayRoute(form("username"), form("vhost"), form("resource"), form("name"), form("permission")));
    }

    private static void Map(IEndpointRouteBuilder routes, string question, Func<Func<string, string>, bool> decide) =>
        routes.MapPost(question, async (HttpContext context) =>
        {
            if (!context.Request.HasFormContentType || context.Request.ContentLength > MaxForm)
            {
                return "deny";
            }

            var form = await context.Request.ReadFormAsync(context.RequestAborted);
            return decide(field => form[field].ToString()) ? "allow" : "deny";
        });
}
