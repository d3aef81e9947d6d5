using System.Text.Encodings.Web;
using System.Text.Json;

namespace Probes.Orchestrator.Access;

/// <summary>How things are written down in the audit log: for people, one value a line, so that differences can be read.</summary>
internal static class AuditJson
{
    // Shown as text only, and escaped there; names need not be unreadable here.
    internal static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
}
