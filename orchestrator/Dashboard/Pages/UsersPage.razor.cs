using System.Globalization;
using Microsoft.AspNetCore.Components;
using Probes.Orchestrator.Access;

namespace Probes.Orchestrator.Dashboard.Pages;

/// <summary>People and keys: who may do what, and how to end it.</summary>
public partial class UsersPage
{
    /// <summary>What the form for a new key sends.</summary>
    public sealed class KeyForm
    {
        public string? Name { get; set; }

        public string? Role { get; set; }

        public string? Project { get; set; }

        /// <summary>0: never expires.</summary>
        public int Days { get; set; } = 90;
    }

    /// <summary>Which key a revoke button stands for.</summary>
    public sealed class RevokeForm
    {
        public string? Id { get; set; }
    }

    /// <summary>What a button beside a user does: "disable", "enable" or a role, a colon, and the user's id.</summary>
    public sealed class ChangeForm
    {
        public string? Do { get; set; }
    }

    [SupplyParameterFromForm(FormName = "new-key")]
    private KeyForm? Made { get; set; }

    [SupplyParameterFromForm(FormName = "revoke-key")]
    private RevokeForm? Revoke { get; set; }

    [SupplyParameterFromForm(FormName = "change-user")]
    private ChangeForm? Change { get; set; }

    [CascadingParameter]
    private HttpContext Http { get; set; } = null!;

    [Inject]
    private IServiceProvider Services { get; set; } = null!;

    [Inject]
    private TimeProvider Time { get; set; } = null!;

    private KeyDesk Desk => Services.GetRequiredService<KeyDesk>();

    private UserDesk UserDesk => Services.GetRequiredService<UserDesk>();

    private OidcProvider Provider => Services.GetRequiredService<OidcProvider>();

    private IReadOnlyList<ApiKeyInfo> Keys { get; set; } = [];

    private IReadOnlyList<UserInfo> People { get; set; } = [];

    private DateTimeOffset Now { get; set; }

    private string MadeKey { get; set; } = "";

    private string Error { get; set; } = "";

    protected override Task OnInitializedAsync() => ReadAsync();

    private async Task ReadAsync()
    {
        Now = Time.GetUtcNow();
        Keys = await Desk.ListAsync(Caller.Of(Http), CancellationToken.None);
        People = await UserDesk.ListAsync(Caller.Of(Http), CancellationToken.None);
    }

    private async Task CreateAsync()
    {
        try
        {
            var days = TimeSpan.FromDays(Math.Clamp(Made?.Days ?? 90, -1, 100_000));
            (_, MadeKey) = await Desk.CreateAsync(Caller.Of(Http), Made?.Name, Made?.Role, Made?.Project?.Trim(), days, CancellationToken.None);
            await ReadAsync();
        }
        catch (AccessRefusedException refused)
        {
            Error = $"{refused.Field}: {refused.Message}";
        }
    }

    private async Task RevokeAsync()
    {
        if (!await Desk.RevokeAsync(Caller.Of(Http), Revoke?.Id ?? "", CancellationToken.None))
        {
            Error = "There is no such live key.";
        }

        await ReadAsync();
    }

    private async Task ChangeAsync()
    {
        if (Change?.Do?.Split(':') is not [var what, var number] || !int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
        {
            return;
        }

        try
        {
            bool? disabled = what switch { "disable" => true, "enable" => false, _ => null };
            if (await UserDesk.ChangeAsync(Caller.Of(Http), id, disabled is null ? what : null, disabled, CancellationToken.None) is null)
            {
                Error = "There is no such user.";
            }
        }
        catch (AccessRefusedException refused)
        {
            Error = $"{refused.Field}: {refused.Message}";
        }

        await ReadAsync();
    }
}
