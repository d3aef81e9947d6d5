namespace Probes.Orchestrator.Commands;

/// <summary>A setting that cannot be used; the message names its key and says what would do.</summary>
internal sealed class SettingsException(string message) : Exception(message);
