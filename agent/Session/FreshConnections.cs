namespace Probes.Agent.Session;

/// <summary>
/// Sends over connections that can be left: whoever is behind one may hang while it stays open, and an address with several servers behind it leads a new one to another.
/// </summary>
internal sealed class FreshConnections(Func<SocketsHttpHandler> open) : HttpMessageHandler
{
    private volatile HttpMessageInvoker _current = new(open());

    /// <summary>What is sent from now on goes over new connections; what is under way stays where it is.</summary>
    public void Renew() => Interlocked.Exchange(ref _current, new HttpMessageInvoker(open())).Dispose();

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var current = _current;
        try
        {
            return await current.SendAsync(request, cancellationToken);
        }
        catch (ObjectDisposedException) when (current != _current)
        {
            // Left between the two lines above: nothing was sent.
            return await _current.SendAsync(request, cancellationToken);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _current.Dispose();
        }

        base.Dispose(disposing);
    }
}
