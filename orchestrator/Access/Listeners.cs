using System.Net;
using Grpc.AspNetCore.Server;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Probes.Orchestrator.Commands;
using Probes.Orchestrator.Enrolment;

namespace Probes.Orchestrator.Access;

/// <summary>Which of the doors a connection came in by.</summary>
internal enum Listener
{
    /// <summary>People and scripts.</summary>
    Http,

    /// <summary>Agents.</summary>
    Grpc,

    /// <summary>The broker, asking about agents; only when it is set up to.</summary>
    Broker,
}

/// <summary>Puts an endpoint on another listener than people's.</summary>
internal sealed record ListenerMetadata(Listener Listener);

internal sealed record ListenerFeature(Listener Listener);

/// <summary>
/// Two listeners, people and scripts on one, agents on the other, and a third where a broker asks about agents. An endpoint answers on its own listener only, new ones
/// too: gRPC methods on the agents' listener, everything else on the other.
/// </summary>
internal static class Listeners
{
    internal const string DefaultHttpUrl = "http://localhost:5080";
    internal const string DefaultGrpcUrl = "http://localhost:5081";

    internal static WebApplicationBuilder AddListeners(this WebApplicationBuilder builder)
    {
        var http = ListenerAddress.Read(builder.Configuration, "Http", DefaultHttpUrl);
        var grpc = ListenerAddress.Read(builder.Configuration, "Grpc", DefaultGrpcUrl);
        var broker = builder.Configuration["Broker:AuthUrl"] is { Length: > 0 } ? ListenerAddress.Read(builder.Configuration, "Broker", "", "AuthUrl") : null;
        builder.WebHost.UseUrls();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // Applying many checks is one body; nothing else is large.
            kestrel.Limits.MaxRequestBodySize = 16 << 20;
            // Sessions are silent between heartbeats; a dead peer is found out by pings too.
            kestrel.Limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(30);
            Listen(kestrel, http, Listener.Http, http.Tls ? HttpProtocols.Http1AndHttp2 : HttpProtocols.Http1);
            Listen(kestrel, grpc, Listener.Grpc, HttpProtocols.Http2);
            if (broker is not null)
            {
                Listen(kestrel, broker, Listener.Broker, HttpProtocols.Http1);
            }
        });
        // One bad write ends one session; its cause must not reach the peer.
        builder.Services.AddGrpc(options =>
        {
            options.IgnoreUnknownServices = true;
            options.EnableDetailedErrors = false;
            if (grpc.ClientCertificates)
            {
                options.Interceptors.Add<ClientCertificates>();
            }
        });
        return builder;
    }

    internal static void UseListeners(this WebApplication app)
    {
        app.UseRouting();
        app.Use((context, next) =>
        {
            var listener = context.Features.Get<ListenerFeature>()?.Listener ?? Listener.Http;
            var metadata = context.GetEndpoint()?.Metadata;
            var wanted = metadata?.GetMetadata<GrpcMethodMetadata>() is not null ? Listener.Grpc
                : metadata?.GetMetadata<ListenerMetadata>()?.Listener ?? Listener.Http;
            if (listener == wanted)
            {
                return next(context);
            }

            context.SetEndpoint(null);
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        });
    }

    private static void Listen(KestrelServerOptions kestrel, ListenerAddress address, Listener listener, HttpProtocols protocols)
    {
        if (address.IP is { } ip)
        {
            kestrel.Listen(ip, address.Port, Configure);
        }
        else if (address.Any)
        {
            kestrel.ListenAnyIP(address.Port, Configure);
        }
        else
        {
            kestrel.ListenLocalhost(address.Port, Configure);
        }

        void Configure(ListenOptions listen)
        {
            listen.Protocols = protocols;
            var feature = new ListenerFeature(listener);
            listen.Use(next => connection =>
            {
                connection.Features.Set(feature);
                return next(connection);
            });
            if (address.Tls)
            {
                var certificate = new CertificateFile(address.Section, address.CertificateFile!, address.KeyFile, TimeProvider.System);
                listen.UseHttps(https =>
                {
                    https.ServerCertificateSelector = (_, _) => certificate.Current();
                    // Who the client is, is judged by its key, not by who signed its certificate.
                    https.ClientCertificateMode = address.ClientCertificates ? ClientCertificateMode.RequireCertificate : ClientCertificateMode.NoCertificate;
                    https.ClientCertificateValidation = (_, _, _) => true;
                });
            }
        }
    }
}

/// <summary>Where a listener listens.</summary>
internal sealed record ListenerAddress(
    string Section, IPAddress? IP, bool Any, int Port, bool Tls, string? CertificateFile, string? KeyFile, bool ClientCertificates)
{
    /// <exception cref="SettingsException">The address cannot be used, or plain text would leave this machine.</exception>
    internal static ListenerAddress Read(IConfiguration configuration, string section, string standard, string setting = "Url")
    {
        var url = configuration[$"{section}:{setting}"] is { Length: > 0 } given ? given : standard;
        var key = $"{section}:{setting}";
        // A wildcard host is no URI.
        var any = url.Contains("://*", StringComparison.Ordinal) || url.Contains("://+", StringComparison.Ordinal);
        var text = url.Replace("://*", "://0.0.0.0", StringComparison.Ordinal).Replace("://+", "://0.0.0.0", StringComparison.Ordinal);
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
        {
            throw new SettingsException($"{key}: '{url}' is not an address (allowed: http://HOST:PORT or https://HOST:PORT)");
        }

        var ip = IPAddress.TryParse(uri.Host.Trim('[', ']'), out var parsed) ? parsed : null;
        var local = ip is not null ? IPAddress.IsLoopback(ip) : !any && uri.Host == "localhost";
        if (ip is null && !local)
        {
            throw new SettingsException($"{key}: '{uri.Host}' is not an address to listen on (allowed: localhost, an IP address, or *)");
        }

        var tls = uri.Scheme == "https";
        if (!tls && !local && !configuration.GetValue<bool>($"{section}:AllowPlaintext"))
        {
            throw new SettingsException(
                $"{key}: {url} would carry keys in plain text to other machines. Use https:// with {section}:CertificateFile and "
                + $"{section}:KeyFile, or set {section}:AllowPlaintext=true when something in front of it does TLS");
        }

        if (tls && configuration[$"{section}:CertificateFile"] is not { Length: > 0 })
        {
            throw new SettingsException($"{key}: https:// needs {section}:CertificateFile and {section}:KeyFile (PEM)");
        }

        return new ListenerAddress(
            section, any ? null : ip, any, uri.Port, tls, configuration[$"{section}:CertificateFile"], configuration[$"{section}:KeyFile"],
            RequiresCertificates(configuration, section, tls));
    }

    private static bool RequiresCertificates(IConfiguration configuration, string section, bool tls)
    {
        var key = $"{section}:ClientCertificates";
        return configuration[key] switch
        {
            null or "" or "none" => false,
            "require" when tls => true,
            "require" => throw new SettingsException($"{key}: client certificates need https:// in {section}:Url"),
            var other => throw new SettingsException($"{key}: '{other}' is not allowed (allowed: none, require)"),
        };
    }
}
