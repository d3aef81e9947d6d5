using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Probes.Contracts.Documents;

/// <summary>
/// Lets through only what documents need, event by event, before anything is built of it: nesting up to a bound, no anchors, no aliases, no tags, and each key
/// of a mapping once. A second one is an error and left out together with its value, so that the rest can still be read.
/// </summary>
internal sealed class StrictParser(IParser inner, DocumentErrors errors) : IParser
{
    private const int MostDocuments = 10_000;
    private const int Deepest = 16;

    private readonly Stack<Frame> _open = new();
    private int _documents;

    public ParsingEvent? Current { get; private set; }

    /// <summary>The text is refused, its error is reported, and a <see cref="YamlException"/> says so to the caller.</summary>
    public bool Refused { get; private set; }

    public bool MoveNext()
    {
        while (inner.MoveNext())
        {
            Current = inner.Current!;
            Bound(Current);
            if (Take(Current))
            {
                return true;
            }

            SkipNode();
        }

        Current = null;
        return false;
    }

    // False for a key that its mapping already has.
    private bool Take(ParsingEvent now)
    {
        switch (now)
        {
            case Scalar key when _open.TryPeek(out var map) && map.AwaitsKey:
                map.AwaitsKey = false;
                map.Key = key.Value;
                if (map.Keys!.Add(key.Value))
                {
                    return true;
                }

                errors.Add(key.Start, Path(), "stands twice", "each key once");
                return false;
            case MappingStart:
                Enter();
                _open.Push(new Frame { Keys = new(StringComparer.Ordinal), AwaitsKey = true });
                return true;
            case SequenceStart:
                Enter();
                _open.Push(new Frame());
                return true;
            case MappingEnd or SequenceEnd:
                _open.Pop();
                Leave();
                return true;
            case Scalar:
                Enter();
                Leave();
                return true;
            default:
                return true;
        }
    }

    // A key or value of the open mapping, or an item of the open list, begins.
    private void Enter()
    {
        if (_open.TryPeek(out var frame) && frame.Keys is null)
        {
            frame.Index++;
        }
        else if (frame is { AwaitsKey: true })
        {
            frame.Key = "?";
        }
    }

    private void Leave()
    {
        if (_open.TryPeek(out var frame) && frame.Keys is not null)
        {
            frame.AwaitsKey = !frame.AwaitsKey;
        }
    }

    private void SkipNode()
    {
        var depth = 0;
        do
        {
            if (!inner.MoveNext())
            {
                return;
            }

            Bound(inner.Current!, depth);
            depth += inner.Current!.NestingIncrease;
        }
        while (depth > 0);
        Leave();
    }

    private void Bound(ParsingEvent now, int skipped = 0)
    {
        if (now is DocumentStart && ++_documents > MostDocuments)
        {
            Refuse(now, "", "holds too many documents", $"at most {MostDocuments}");
        }

        if (now is AnchorAlias)
        {
            Refuse(now, Path(next: 1), "aliases (*name) are not allowed", "each value written out");
        }

        if (now is NodeEvent { Anchor.IsEmpty: false } anchored && skipped == 0)
        {
            // Nothing may refer to it, so whoever wrote it meant something that does not happen.
            errors.Add(now.Start, Path(next: 1), $"anchors (&{DocumentMap.Shown(anchored.Anchor.Value)}) are not allowed", "each value written out");
        }

        if (now is MappingStart or SequenceStart && _open.Count + skipped >= Deepest)
        {
            Refuse(now, "", "is nested too deeply", $"at most {Deepest} levels");
        }

        if (now is NodeEvent { Tag.IsEmpty: false } node)
        {
            Refuse(now, Path(next: 1), $"tags ({DocumentMap.Shown(node.Tag.Value)}) are not allowed", "plain values");
        }
    }

    private void Refuse(ParsingEvent at, string key, string message, string allowed)
    {
        errors.Add(at.Start, key, message, allowed);
        Refused = true;
        throw new SemanticErrorException(at.Start, at.End, message);
    }

    // With next: of the item that is about to begin, if the innermost is a list.
    private string Path(int next = 0)
    {
        var path = "";
        foreach (var frame in _open.Reverse())
        {
            path += frame.Keys is null ? $"[{frame.Index + (frame == _open.Peek() ? next : 0)}]" : $"{(path.Length > 0 ? "." : "")}{DocumentMap.Shown(frame.Key)}";
        }

        return path;
    }

    /// <summary>An open mapping, or an open list, which has no keys.</summary>
    private sealed class Frame
    {
        public HashSet<string>? Keys { get; init; }

        public bool AwaitsKey { get; set; }

        public string Key { get; set; } = "";

        public int Index { get; set; } = -1;
    }
}
