using System.Buffers.Binary;
using System.Security.Cryptography;
using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Probes.Agent.Policy;
using Wire = Probes.Contracts.Wire;

namespace Probes.Agent.Session;

/// <summary>What a restart needs to go on without its orchestrator.</summary>
internal sealed record SavedAssignment(Assignment Assignment, TimeSpan ClockOffset);

/// <summary>
/// The last assignment on disk: magic with version (8 bytes), clock offset in microseconds (8, little endian), a <c>Snapshot</c> message, and the
/// SHA-256 of all before (32). A file that does not fit is ignored and counted; the orchestrator then sends everything anew.
/// </summary>
internal sealed class AssignmentFile(string path, ILogger<AssignmentFile> log)
{
    public const string FileName = "assignment.bin";

    private const int Head = 16;

    private static ReadOnlySpan<byte> Magic => "PRBASG\0\x01"u8;

    /// <summary>Files that were ignored since the process started.</summary>
    public long Corrupt { get; private set; }

    public SavedAssignment? Load(IReadOnlyCollection<string> kinds, TargetGuard guard)
    {
        try
        {
            if (!File.Exists(path))
            {
                return null;
            }

            var bytes = File.ReadAllBytes(path);
            if (Parse(bytes, kinds, guard) is { } saved)
            {
                return saved;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Log.AssignmentUnreadable(log, path, error.Message);
        }

        Corrupt++;
        Log.AssignmentCorrupt(log, path);
        return null;
    }

    public void Save(SavedAssignment saved)
    {
        var snapshot = new Wire.Snapshot
        {
            Revision = saved.Assignment.Revision,
            End = true,
            EffectiveUs = saved.Assignment.EffectiveUs,
            Checks = { saved.Assignment.Checks.Values.Select(c => c.Spec) },
        };
        var size = snapshot.CalculateSize();
        var bytes = new byte[Head + size + SHA256.HashSizeInBytes];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8), saved.ClockOffset.Ticks / TimeSpan.TicksPerMicrosecond);
        snapshot.WriteTo(bytes.AsSpan(Head, size));
        SHA256.HashData(bytes.AsSpan(0, Head + size), bytes.AsSpan(Head + size));
        try
        {
            DataFolder.Replace(path, bytes);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The agent runs on what it holds in memory.
            Log.AssignmentNotSaved(log, path, error.Message);
        }
    }

    public void Delete() => File.Delete(path);

    private static SavedAssignment? Parse(byte[] bytes, IReadOnlyCollection<string> kinds, TargetGuard guard)
    {
        var end = bytes.Length - SHA256.HashSizeInBytes;
        if (end < Head || !bytes.AsSpan().StartsWith(Magic) || !SHA256.HashData(bytes.AsSpan(0, end)).AsSpan().SequenceEqual(bytes.AsSpan(end)))
        {
            return null;
        }

        try
        {
            var snapshot = Wire.Snapshot.Parser.ParseFrom(bytes.AsSpan(Head, end - Head));
            var checks = Assignment.None.Checks.ToBuilder();
            foreach (var spec in snapshot.Checks)
            {
                checks[spec.Name] = AssignedCheck.Of(spec, kinds, guard);
            }

            var offset = TimeSpan.FromMicroseconds(BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(8)));
            return new SavedAssignment(new Assignment(snapshot.Revision, checks.ToImmutable()) { EffectiveUs = snapshot.EffectiveUs }, offset);
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }
}
