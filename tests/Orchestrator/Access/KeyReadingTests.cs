using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Probes.Orchestrator.Access;
using Probes.Orchestrator.Store;
using Probes.Orchestrator.Store.Sqlite;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Access;

public sealed class KeyReadingTests
{
    [Test]
    public async Task A_slow_reading_that_began_before_a_change_does_not_undo_it()
    {
        await using var under = await StoreUnderTest.CreateAsync("sqlite");
        using var keys = new ApiKeys(under.Contexts, new StoreReady(), TimeProvider.System);
        var (old, oldSecret) = await keys.CreateAsync("old", CancellationToken.None);
        var hold = new Hold();
        using var slow = new ApiKeys(new HeldContexts(under.Target, hold), new StoreReady(), TimeProvider.System);
        var reading = slow.RereadAsync(CancellationToken.None);
        await hold.Reached;

        var changes = Task.Run(async () =>
        {
            await slow.RevokeAsync(old.Id, null, CancellationToken.None);
            return (await slow.CreateAsync("new", CancellationToken.None)).Secret;
        });
        await Task.WhenAny(changes, Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System));
        hold.Release();
        await reading;

        Assert.That(slow.Check(await changes), Is.Not.Null, "the new key works");
        Assert.That(slow.Check(oldSecret), Is.Null, "the revoked one does not");
    }

    private sealed class HeldContexts(StoreTarget target, Hold hold) : IDbContextFactory<ProbesContext>
    {
        public ProbesContext CreateDbContext() =>
            new SqliteContext(new DbContextOptionsBuilder<SqliteContext>().UseSqlite(target.ConnectionString).AddInterceptors(hold).Options);
    }

    /// <summary>The first query sees the store as it is then, and its answer comes late.</summary>
    private sealed class Hold : DbCommandInterceptor
    {
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _go = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Reached => _reached.Task;

        public void Release() => _go.SetResult();

        public override async ValueTask<DbDataReader> ReaderExecutedAsync(
            DbCommand command, CommandExecutedEventData eventData, DbDataReader result, CancellationToken cancellationToken = default)
        {
            if (_reached.TrySetResult())
            {
                await _go.Task;
            }

            return result;
        }
    }
}
