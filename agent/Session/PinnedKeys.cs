using Google.Protobuf;
using Probes.Contracts.Mapping;
using Wire = Probes.Contracts.Wire;

namespace Probes.Agent.Session;

/// <summary>An orchestrator's signing key that this agent trusts.</summary>
/// <param name="KeyId">See <see cref="WireProofs.KeyId"/>.</param>
/// <param name="PublicKey">SubjectPublicKeyInfo, DER.</param>
internal sealed record PinnedKey(string KeyId, byte[] PublicKey);

/// <summary>What a signed message held, or why it does not count.</summary>
internal readonly record struct Opened(Wire.OrchestratorMessage? Message, string Fault = "");

/// <summary>Trust in signing keys: pinned at enrolment, and passed on only by a key that is trusted already.</summary>
internal static class PinnedKeys
{
    /// <summary>The key of an enrolment or renewal; null when it is none, or not called what it should be.</summary>
    public static PinnedKey? Of(Wire.SigningKey key)
    {
        using var read = WireProofs.ReadKey(key.PublicKey.Span);
        return read is not null && key.KeyId == WireProofs.KeyId(key.PublicKey.Span) ? new PinnedKey(key.KeyId, key.PublicKey.ToByteArray()) : null;
    }

    /// <summary>The key that the chain leads to from the pinned one; the pinned one itself when the chain does not go on from it.</summary>
    public static PinnedKey Follow(PinnedKey pinned, IEnumerable<Wire.KeyEndorsement> chain)
    {
        foreach (var link in chain)
        {
            if (link.ByKeyId == pinned.KeyId
                && link.KeyId == WireProofs.KeyId(link.PublicKey.Span)
                && WireProofs.Verify(pinned.PublicKey, WireProofs.Key(link.KeyId, link.PublicKey.Span), link.Signature.Span))
            {
                pinned = new PinnedKey(link.KeyId, link.PublicKey.ToByteArray());
            }
        }

        return pinned;
    }

    /// <summary>What was signed, if it was signed with this key, for this agent, in this session.</summary>
    public static Opened Open(PinnedKey pinned, string agentId, string nonce, Wire.Signed signed)
    {
        if (signed.KeyId != pinned.KeyId)
        {
            return new Opened(null, $"an assignment signed with key {Shown(signed.KeyId)} was refused: this agent trusts {pinned.KeyId}; if the orchestrator lost its key, enrol this agent anew");
        }

        if (!WireProofs.Verify(pinned.PublicKey, WireProofs.Assignment(agentId, nonce, signed.Message.Span), signed.Signature.Span))
        {
            return new Opened(null, "an assignment whose signature does not fit was refused");
        }

        try
        {
            return new Opened(Wire.OrchestratorMessage.Parser.ParseFrom(signed.Message));
        }
        catch (InvalidProtocolBufferException)
        {
            return new Opened(null, "a signed message cannot be read");
        }
    }

    private static string Shown(string keyId) => keyId.Length <= 64 ? keyId : keyId[..64];
}
