using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Probes.Agent.Session;
using Probes.Orchestrator.Enrolment;
using Probes.Orchestrator.Signing;
using Probes.Orchestrator.Store;
using Probes.Tests.Agent.Session;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Signing;

public sealed class SigningKeysTests
{
    private RunningOrchestrator _orchestrator = null!;

    [SetUp]
    public async Task Start() => _orchestrator = await RunningOrchestrator.StartAsync();

    [TearDown]
    public async Task Stop() => await _orchestrator.DisposeAsync();

    [Test]
    public async Task Agents_follow_a_rotation_by_themselves_and_the_old_key_is_erased()
    {
        var (_, token) = await _orchestrator.Get<TokenService>().CreateAsync("local", null, null, CancellationToken.None);
        var folder = Directory.CreateTempSubdirectory("probes-agent-").FullName;
        await using var agent = await RunningAgent.StartAsync(_orchestrator.Grpc, folder, token);
        await _orchestrator.ApplyAsync(RunningOrchestrator.TcpCheck("first"));
        await RunningAgent.Until(() => agent.Keeper.Running == 1, "the first assignment");
        var identities = agent.Host.Services.GetRequiredService<IdentityKeeper>();
        var first = identities.Current.SigningKey!.KeyId;

        var second = await _orchestrator.Get<SigningKeys>().RotateAsync(CancellationToken.None);
        await _orchestrator.ApplyAsync(RunningOrchestrator.TcpCheck("second"));
        await RunningAgent.Until(() => agent.Keeper.Running == 2, "the assignment signed with the new key");
        Assert.That(identities.Current.SigningKey!.KeyId, Is.EqualTo(second.Id).And.Not.EqualTo(first));

        var keys = await _orchestrator.Get<SigningKeyStore>().ListAsync(CancellationToken.None);
        Assert.That(keys.Select(k => k.KeyId), Is.EqualTo(new[] { second.Id, first }));
        Assert.That(keys[1].ProtectedPrivateKey, Is.Empty);
        Assert.That(keys[1].RetiredAt, Is.Not.Null);
    }

    [Test]
    public async Task Two_replicas_that_rotate_at_one_moment_make_one_key()
    {
        var store = _orchestrator.Get<SigningKeyStore>();
        var current = _orchestrator.Get<SigningKeys>().Current!;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => store.AddAsync(current, CancellationToken.None))));
        Assert.That(await store.ListAsync(CancellationToken.None), Has.Count.EqualTo(2));
    }

    [Test]
    public async Task A_key_that_was_made_with_other_data_protection_keys_is_said_to_be_lost_and_none_is_made_in_its_place()
    {
        var elsewhere = new SigningKeyStore(
            _orchestrator.Get<IDbContextFactory<ProbesContext>>(), new EphemeralDataProtectionProvider(), TimeProvider.System);
        Assert.That(async () => await elsewhere.ReadAsync(null, CancellationToken.None),
            Throws.TypeOf<SigningKeyException>().With.Message.Contains("Keys:Master"));
        Assert.That(await elsewhere.ListAsync(CancellationToken.None), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task The_private_key_is_encrypted_at_rest()
    {
        var key = (await _orchestrator.Get<SigningKeyStore>().ListAsync(CancellationToken.None)).Single();
        using var parsed = System.Security.Cryptography.ECDsa.Create();
        Assert.That(() => parsed.ImportPkcs8PrivateKey(key.ProtectedPrivateKey, out _), Throws.Exception);
    }
}
