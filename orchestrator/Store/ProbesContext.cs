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
    public DbSet<ImpactEntity> Impacts => Set<ImpactEntity>();
    public DbSet<IncidentEventEntity> IncidentEvents => Set<IncidentEventEntity>();

    public DbSet<UserEntity> Users => Set<UserEntity>();

    public DbSet<ProjectEntity> Projects => Set<ProjectEntity>();

    public DbSet<AuditEntity> Audit => Set<AuditEntity>();

    public DbSet<SecretEntity> Secrets => Set<SecretEntity>();

    public DbSet<SigningKeyEntity> SigningKeys => Set<SigningKeyEntity>();

    public DbSet<DataProtectionKeyEntity> DataProtectionKeys => Set<DataProtectionKeyEntity>();

    public DbSet<SchedulePeriodEntity> SchedulePeriods => Set<SchedulePeriodEntity>();

    public DbSet<FenceEntity> Fences => Set<FenceEntity>();

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
            e.HasIndex(i => i.EndedAt);
        });
        modelBuilder.Entity<ImpactEntity>(e =>
        {
            e.ToTable("impacts");
            e.HasIndex(i => i.IncidentId);
            e.HasIndex(i => i.EndedAt);
            e.HasIndex(i => new { i.Check, i.Region });
        });
        modelBuilder.Entity<IncidentEventEntity>(e =>
        {
            e.ToTable("incident_events");
            e.HasIndex(i => i.IncidentId);
        });
        AddFleet(modelBuilder);
        foreach (var property in modelBuilder.Model.GetEntityTypes().SelectMany(e => e.GetProperties()))
        {
            property.SetColumnName(SnakeCase(property.Name));
        }
    }

    private static void AddFleet(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<ApiKeyEntity>().Property(k => k.Role).HasDefaultValue("admin");
        modelBuilder.Entity<UserEntity>(e =>
        {
            e.ToTable("users");
            e.HasIndex(u => new { u.Issuer, u.Subject }).IsUnique();
        });
        modelBuilder.Entity<ProjectEntity>(e =>
        {
            e.ToTable("projects");
            e.HasIndex(p => p.Name).IsUnique();
        });
        modelBuilder.Entity<AuditEntity>(e =>
        {
            e.ToTable("audit");
            e.HasIndex(a => a.At);
            e.HasIndex(a => new { a.Target, a.Id });
        });
        modelBuilder.Entity<SecretEntity>(e =>
        {
            e.ToTable("secrets");
            e.HasIndex(s => new { s.Project, s.Name }).IsUnique();
            e.Property(s => s.Revision).IsConcurrencyToken();
        });
        modelBuilder.Entity<SigningKeyEntity>(e =>
        {
            e.ToTable("signing_keys");
            e.HasIndex(k => k.KeyId).IsUnique();
            // Two replicas that make a key at one moment: the second finds the place taken.
            e.HasIndex(k => k.EndorsedBy).IsUnique();
        });
        modelBuilder.Entity<DataProtectionKeyEntity>(e => e.ToTable("data_protection_keys"));
        modelBuilder.Entity<SchedulePeriodEntity>(e =>
        {
            e.ToTable("schedule_periods");
            e.HasIndex(p => new { p.CheckId, p.Location, p.FromAt }).IsUnique();
            e.HasIndex(p => p.ToAt);
        });
        modelBuilder.Entity<FenceEntity>(e =>
        {
            e.ToTable("fences");
            e.HasIndex(f => new { f.AgentId, f.FromAt }).IsUnique();
            e.HasIndex(f => f.ToAt);
        });
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
