using System.Text;
using Microsoft.EntityFrameworkCore;
using Probes.Orchestrator.Store.Entities;

namespace Probes.Orchestrator.Store;

/// <summary>
/// Configuration entities on either engine. Results, rollups and what belongs to them are made by the same migrations,
/// yet never pass through here: <see cref="IResultStore"/> is their way.
/// </summary>
public abstract class ProbesContext(DbContextOptions options) : DbContext(options)
{
    public DbSet<CheckEntity> Checks => Set<CheckEntity>();

    public DbSet<LocationEntity> Locations => Set<LocationEntity>();

    public DbSet<AgentEntity> Agents => Set<AgentEntity>();

    public DbSet<TokenEntity> Tokens => Set<TokenEntity>();

    public DbSet<ApiKeyEntity> ApiKeys => Set<ApiKeyEntity>();

    public DbSet<IncidentEntity> Incidents => Set<IncidentEntity>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<CheckEntity>(e =>
        {
            e.ToTable("checks");
            e.HasIndex(c => c.Name).IsUnique();
        });
        modelBuilder.Entity<LocationEntity>(e =>
        {
            e.ToTable("locations");
            e.HasIndex(l => l.Name).IsUnique();
        });
        modelBuilder.Entity<AgentEntity>(e =>
        {
            e.ToTable("agents");
            e.HasIndex(a => a.PublicId).IsUnique();
        });
        modelBuilder.Entity<TokenEntity>(e =>
        {
            e.ToTable("tokens");
            e.HasIndex(t => t.PublicId).IsUnique();
            // Two uses at one moment must not both take the last one: the loser of the race reads again.
            e.Property(t => t.Uses).IsConcurrencyToken();
        });
        modelBuilder.Entity<ApiKeyEntity>(e =>
        {
            e.ToTable("api_keys");
            e.HasIndex(k => k.PublicId).IsUnique();
        });
        modelBuilder.Entity<IncidentEntity>(e =>
        {
            e.ToTable("incidents");
            e.HasIndex(i => i.StartedAt);
            e.HasIndex(i => new { i.Check, i.Region, i.EndedAt });
        });
        foreach (var property in modelBuilder.Model.GetEntityTypes().SelectMany(e => e.GetProperties()))
        {
            property.SetColumnName(SnakeCase(property.Name));
        }
    }

    private static string SnakeCase(string name)
    {
        var snake = new StringBuilder();
        foreach (var c in name)
        {
            if (char.IsUpper(c) && snake.Length > 0)
            {
                snake.Append('_');
            }

            snake.Append(char.ToLowerInvariant(c));
        }

        return snake.ToString();
    }
}
