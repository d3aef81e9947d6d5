using System.Security.Cryptography;
using Google.Protobuf;
using Probes.Contracts.Mapping;
using Probes.Orchestrator.Enrolment;
using Wire = Probes.Contracts.Wire;

namespace Probes.Tests.Testing;

/// <summary>An agent's key pair, and what an agent says with it.</summary>
internal sealed class TestAgentKey : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public byte[] PublicKey => _key.ExportSubjectPublicKeyInfo();

    public byte[] Sign(byte[] text) => WireProofs.Sign(_key, text);

    public EnrolmentWish Wish(string token, string name = "", string address = "") =>
        new(token, name, "1.0", PublicKey, Sign(WireProofs.Enrol(token, PublicKey)), address);

    public Wire.EnrolRequest Request(string token, string name = "") => new()
    {
        Token = token,
        Name = name,
        Version = "1.0",
        PublicKey = ByteString.CopyFrom(PublicKey),
        Proof = ByteString.CopyFrom(Sign(WireProofs.Enrol(token, PublicKey))),
    };

    public void Dispose() => _key.Dispose();
}
