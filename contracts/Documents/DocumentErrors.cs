using YamlDotNet.Core;

namespace Probes.Contracts.Documents;

/// <summary>Collects what is wrong in one file, up to a bound; what is beyond it is counted.</summary>
internal sealed class DocumentErrors(string file)
{
    /// <summary>More than these help nobody.</summary>
    internal const int Most = 100;

    private readonly List<DocumentError> _all = [];
    private int _dropped;

    /// <summary>The mistakes, and as the last one how many more there are.</summary>
    public IReadOnlyList<DocumentError> All =>
        _dropped == 0 ? _all : [.. _all, new DocumentError(file, _all[^1].Line, _all[^1].Column, "", $"{_dropped} more mistakes are not shown", "")];

    /// <summary>Every mistake, shown or not.</summary>
    public int Count => _all.Count + _dropped;

    public bool Full => _all.Count >= Most;

    public string File => file;

    public void Add(Mark at, string key, string message, string allowed = "") => Add((int)at.Line, (int)at.Column, key, message, allowed);

    public void Add(int line, int column, string key, string message, string allowed = "")
    {
        if (Full)
        {
            _dropped++;
        }
        else
        {
            _all.Add(new DocumentError(file, Math.Max(1, line), Math.Max(1, column), key, message, allowed));
        }
    }
}
