using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Probes.Orchestrator.Enrolment;

/// <summary>
/// Values for agents to sign: the moment, and a code over it and the agent that only this process can make (HMAC-SHA-256, RFC 2104). Nothing is kept
/// for them, so a flood of questions costs no memory; one used twice within its minute renews the same credential's holder twice and helps nobody else.
/// </summary>
internal sealed class Challenges(TimeProvider clock)
{
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(1);

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly long _began = clock.GetTimestamp();

    internal byte[] New(string agentId) => Make(agentId, Now());

    /// <summary>Whether this process made it for this agent within the last minute.</summary>
    internal bool IsLive(string agentId, ReadOnlySpan<byte> challenge)
    {
        if (challenge.Length != 8 + 32)
        {
            return false;
        }

        var made = BinaryPrimitives.ReadInt64LittleEndian(challenge);
        var age = Now() - made;
        return CryptographicOperations.FixedTimeEquals(Make(agentId, made), challenge) && age >= 0 && age <= Life.Ticks;
    }

    private long Now() => clock.GetElapsedTime(_began).Ticks;

    private byte[] Make(string agentId, long moment)
    {
        var challenge = new byte[8 + 32];
        BinaryPrimitives.WriteInt64LittleEndian(challenge, moment);
        var text = Encoding.UTF8.GetBytes(agentId);
        byte[] signed = [.. challenge.AsSpan(0, 8), .. text];
        HMACSHA256.HashData(_key, signed, challenge.AsSpan(8));
        return challenge;
    }
}
