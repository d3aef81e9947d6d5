using RabbitMQ.Client;
using Testcontainers.RabbitMq;

namespace Probes.Tests.Testing;

/// <summary>
/// One real broker for the whole test run: the one in <c>PROBES_TEST_RABBITMQ</c> (an amqp address), else an installed RabbitMQ on a
/// scratch port, else a container. Without any of them the test fails; it never skips.
/// </summary>
internal static class RabbitMqFixture
{
    private static readonly Lazy<Task<Uri>> Shared = new(StartAsync);

    public static Task<Uri> UriAsync() => Shared.Value;

    /// <summary>A connection to the shared broker, on which everything the product declares has been deleted.</summary>
    public static async Task<Uri> CleanAsync()
    {
        var uri = await UriAsync();
        await using var connection = await new ConnectionFactory { Uri = uri }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        foreach (var name in new[] { "probes.ingest", "probes.dead", "probes.results" })
        {
            await channel.QueueDeleteAsync(name);
            await channel.ExchangeDeleteAsync(name);
        }

        return uri;
    }

    private static async Task<Uri> StartAsync()
    {
        if (Environment.GetEnvironmentVariable("PROBES_TEST_RABBITMQ") is { Length: > 0 } given)
        {
            await using var connection = await new ConnectionFactory { Uri = new Uri(given) }.CreateConnectionAsync();
            Tell("given", connection.ServerProperties?["version"] is byte[] version ? System.Text.Encoding.UTF8.GetString(version) : "?");
            return new Uri(given);
        }

        if (RabbitMqNode.Program is not null)
        {
            var node = await RabbitMqNode.StartNewAsync();
            AppDomain.CurrentDomain.ProcessExit += (_, _) => node.DisposeAsync().AsTask().Wait();
            Tell("installed", node.Version);
            return node.Uri;
        }

        try
        {
            var container = new RabbitMqBuilder("rabbitmq:4.1-alpine").Build();
            await container.StartAsync();
            AppDomain.CurrentDomain.ProcessExit += (_, _) => container.DisposeAsync().AsTask().Wait();
            Tell("container", "4.1");
            return new Uri(container.GetConnectionString());
        }
        catch (Exception error)
        {
            throw new AssertionException(
                "These tests need a RabbitMQ broker: set PROBES_TEST_RABBITMQ, install rabbitmq-server, or start Docker. " + error.Message);
        }
    }

    private static void Tell(string how, string version) => TestContext.Progress.WriteLine($"RabbitMQ {version} ({how})");
}
