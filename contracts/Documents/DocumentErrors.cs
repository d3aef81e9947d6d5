using YamlDotNet.Core;

namespace Probes.Contracts.Documents;

/// <summary>Collects what is wrong in one file, up to a bound.</summary>
internal sealed class DocumentErrors(string file)
{
    /// <summary>More than these help nobody.</summary>
    private const int Most = 100;

    private readonly List<DocumentError> _all = [];

    public IReadOnlyList<DocumentError> All => _all;

    public string File => file;

    public void Add(Mark at, string key, string message, string allowed = "")
    {
        if (_all.Count < Most)
        {
            _all.Add(new DocumentError(file, Math.Max(1, (int)at.Line), Math.Max(1, (int)at.Column), key, message, allowed));
        }
    }
}
