using Microsoft.Extensions.Logging;
using RabbitMQ.Client;

namespace Probes.Agent.Publish;

/// <summary>One connection to the broker and its one channel. It hears when the broker takes nothing, and tells it once.</summary>
internal sealed class RabbitMqLink
{
    private readonly IConnection _connection;
    private volatile bool _blocked;

    private RabbitMqLink(IConnection connection, IChannel channel) => (_connection, Channel) = (connection, channel);

    public IChannel Channel { get; }

    /// <summary>The broker is out of memory or disk and takes nothing now.</summary>
    public bool Blocked => _blocked;

    public static async Task<RabbitMqLink> OpenAsync(ConnectionFactory factory, ILogger log, CancellationToken ct)
    {
        var connection = await factory.CreateConnectionAsync(ct);
        try
        {
            var channel = await connection.CreateChannelAsync(
                new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), ct);
            var made = new RabbitMqLink(connection, channel);
            connection.ConnectionBlockedAsync += (_, blocked) =>
            {
                made._blocked = true;
                Log.Blocked(log, factory.HostName, factory.Port, blocked.Reason);
                return Task.CompletedTask;
            };
            connection.ConnectionUnblockedAsync += (_, _) =>
            {
                made._blocked = false;
                Log.Unblocked(log, factory.HostName, factory.Port);
                return Task.CompletedTask;
            };
            Log.Connected(log, factory.HostName, factory.Port);
            return made;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    public async Task CloseAsync()
    {
        await using (_connection)
        {
            // Aborting does not wait for a broker that does not answer longer than this.
            await _connection.CloseAsync(200, "recycled", TimeSpan.FromSeconds(1), abort: true);
        }
    }
}
