using Microsoft.Extensions.Logging;

namespace Probes.Agent.Spool;

/// <summary>Whether the spool's disk works, told when that changes.</summary>
internal sealed class DiskHealth(string folder, ILogger log)
{
    private bool _failing;

    public void Works()
    {
        if (_failing)
        {
            _failing = false;
            Log.DiskBack(log, folder);
        }
    }

    public void Fails(Exception error)
    {
        if (!_failing)
        {
            _failing = true;
            Log.WriteFailed(log, error, folder);
        }
    }

    /// <summary>Does what may be tried again later, or done without.</summary>
    public void Try(Action action)
    {
        try
        {
            action();
        }
        catch (Exception error) when (SpoolDisk.IsFault(error))
        {
            Fails(error);
        }
    }
}
