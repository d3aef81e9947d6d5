using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Probes.Orchestrator.Access.KeyRing;
using Probes.Orchestrator.Commands;
using Probes.Orchestrator.Store;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Access.KeyRing;

public sealed class MasterKeyTests
{
    private static readonly string Key = Convert.ToBase64String(Enumerable.Range(1, 32).Select(i => (byte)i).ToArray());

    [Test]
    public void What_was_encrypted_with_a_key_is_read_with_it_and_with_no_other()
    {
        var key = Read(("Keys:Master", Key))!;
        var sealedBytes = key.Encrypt("text ü");
        Assert.That(key.Decrypt(sealedBytes), Is.EqualTo("text ü"));
        Assert.That(key.Encrypt("text ü"), Is.Not.EqualTo(sealedBytes), "a new nonce each time");
        Assert.That(() => new MasterKey(new byte[32]).Decrypt(sealedBytes), Throws.InstanceOf<CryptographicException>());
        sealedBytes[^1] ^= 1;
        Assert.That(() => key.Decrypt(sealedBytes), Throws.InstanceOf<CryptographicException>());
        Assert.That(() => key.Decrypt([1, 2, 3]), Throws.InstanceOf<CryptographicException>());
    }

    [TestCase("short")]
    [TestCase("AAAA")]
    [TestCase("not base64 at all, and far too long to be a key of thirty-two bytes")]
    public void A_key_that_is_none_is_refused_by_its_setting(string text) =>
        Assert.That(() => Read(("Keys:Master", text)), Throws.TypeOf<SettingsException>().With.Message.StartsWith("Keys:Master").And.Message.Contains("32"));

    [Test]
    public void A_missing_file_is_refused_by_its_setting() =>
        Assert.That(() => Read(("Keys:MasterFile", "/nonexistent/key")), Throws.TypeOf<SettingsException>().With.Message.StartsWith("Keys:MasterFile"));

    [Test]
    public void Without_a_setting_there_is_none() => Assert.That(Read(), Is.Null);

    [Test]
    public async Task With_a_master_key_the_key_ring_lies_encrypted_in_the_store()
    {
        await using var orchestrator = await RunningOrchestrator.StartAsync(("Keys:Master", Key));
        var protector = orchestrator.Get<IDataProtectionProvider>().CreateProtector("test");
        Assert.That(protector.Unprotect(protector.Protect("text")), Is.EqualTo("text"));
        Assert.That(Directory.Exists(Path.Combine(orchestrator.Data, "keys")), Is.False);
        await using var db = await orchestrator.Get<IDbContextFactory<ProbesContext>>().CreateDbContextAsync();
        var stored = await db.DataProtectionKeys.SingleAsync();
        Assert.That(stored.Xml, Does.Contain("masterKey").And.Not.Contain("masterKey=\"").And.Not.Contain("<value>"));
    }

    private static MasterKey? Read(params (string Key, string Value)[] settings) => MasterKey.Read(
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Key, (string?)s.Value))).Build());
}
