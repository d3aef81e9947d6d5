using Microsoft.Extensions.Logging;
using Probes.Agent.Session;
using Probes.Contracts.Checks;
using Wire = Probes.Contracts.Wire;

namespace Probes.Agent.Policy;

/// <summary><c>location-kind</c> in the data folder: what kind of location the agent was last told it is in, for a restart without its orchestrator.</summary>
internal sealed class LocationMemory(string path, TargetGuard guard, ILogger<LocationMemory> log)
{
    public const string FileName = "location-kind";

    private string _saved = "";

    /// <summary>What is not there, or not to be read, leaves the stricter kind in force.</summary>
    public void Restore()
    {
        try
        {
            _saved = File.Exists(path) ? File.ReadAllText(path).Trim() : "";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Log.LocationNotKept(log, path, error.Message);
        }

        guard.Locate(_saved == nameof(LocationType.Private) ? LocationType.Private : LocationType.Cloud);
    }

    /// <summary>Takes the orchestrator's word. True when what may be touched is another now.</summary>
    public bool Learn(Wire.LocationKind told)
    {
        var kind = told == Wire.LocationKind.Private ? LocationType.Private : LocationType.Cloud;
        var changed = guard.Locate(kind);
        if (changed)
        {
            Log.Located(log, guard.Location);
        }

        if (_saved != kind.ToString())
        {
            try
            {
                DataFolder.Replace(path, kind.ToString());
                _saved = kind.ToString();
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                Log.LocationNotKept(log, path, error.Message);
            }
        }

        return changed;
    }
}
