using System.Security.Cryptography;
using Google.Protobuf;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Probes.Contracts.Mapping;
using Probes.Contracts.Wire;
using Probes.Orchestrator.Store;
using Probes.Orchestrator.Store.Entities;

namespace Probes.Orchestrator.Signing;

/// <summary>Signing keys in and out of the store, their private parts encrypted with the data protection keys.</summary>
internal sealed class SigningKeyStore(IDbContextFactory<ProbesContext> contexts, IDataProtectionProvider protection, TimeProvider clock)
{
    private readonly IDataProtector _protector = protection.CreateProtector("probes.signing");

    /// <summary>The chain as stored now, the first key made if there is none; <paramref name="before"/> itself when nothing has changed.</summary>
    /// <exception cref="SigningKeyException">The key in use cannot be decrypted here.</exception>
    internal async Task<KeyChain> ReadAsync(KeyChain? before, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var all = await db.Set<SigningKeyEntity>().AsNoTracking().OrderBy(k => k.Id).ToListAsync(ct);
        if (all.Count == 0)
        {
            await AddAsync(null, ct);
            all = await db.Set<SigningKeyEntity>().AsNoTracking().OrderBy(k => k.Id).ToListAsync(ct);
        }

        var newest = all[^1];
        if (before is not null && before.Key.Id == newest.KeyId)
        {
            return before;
        }

        var endorsements = all.Where(k => k.Endorsement is not null).Select(k => new KeyEndorsement
        {
            KeyId = k.KeyId,
            PublicKey = ByteString.CopyFrom(k.PublicKey),
            ByKeyId = k.EndorsedBy,
            Signature = ByteString.CopyFrom(k.Endorsement!),
        });
        return new KeyChain(new SigningKey(newest.KeyId, newest.PublicKey, Open(newest)), [.. endorsements]);
    }

    /// <summary>Adds a key after this one, or the first. When another replica was faster its key stands, and nothing is added.</summary>
    internal async Task AddAsync(SigningKey? current, CancellationToken ct)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var publicKey = key.ExportSubjectPublicKeyInfo();
        var id = WireProofs.KeyId(publicKey);
        await using var db = await contexts.CreateDbContextAsync(ct);
        db.Add(new SigningKeyEntity
        {
            KeyId = id,
            PublicKey = publicKey,
            ProtectedPrivateKey = _protector.Protect(key.ExportPkcs8PrivateKey()),
            CreatedAt = clock.GetUtcNow(),
            EndorsedBy = current?.Id ?? "",
            Endorsement = current?.Sign(WireProofs.Key(id, publicKey)),
        });
        var retired = current is null ? null : await db.Set<SigningKeyEntity>().SingleOrDefaultAsync(k => k.KeyId == current.Id, ct);
        if (retired is not null)
        {
            retired.RetiredAt = clock.GetUtcNow();
            retired.ProtectedPrivateKey = [];
        }

        try
        {
            await db.SaveChangesAsync(ct);
        }
        catch (DbUpdateException)
        {
            await using var again = await contexts.CreateDbContextAsync(ct);
            if (!await again.Set<SigningKeyEntity>().AnyAsync(k => k.EndorsedBy == (current == null ? "" : current.Id), ct))
            {
                throw;
            }
        }
    }

    internal async Task<IReadOnlyList<SigningKeyEntity>> ListAsync(CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        return await db.Set<SigningKeyEntity>().AsNoTracking().OrderByDescending(k => k.Id).ToListAsync(ct);
    }

    private ECDsa Open(SigningKeyEntity entity)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportPkcs8PrivateKey(_protector.Unprotect(entity.ProtectedPrivateKey), out _);
            return key;
        }
        catch (CryptographicException fault)
        {
            key.Dispose();
            throw new SigningKeyException(
                $"the key {entity.KeyId} that signs assignments cannot be decrypted: the data folder's 'keys' or Keys:Master is not the one it was made with "
                + $"({fault.Message.TrimEnd('.')}). Give this orchestrator the same; without them agents take no more orders and must be enrolled anew", fault);
        }
    }
}
