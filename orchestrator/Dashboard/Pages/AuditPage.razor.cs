using System.Globalization;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.WebUtilities;
using Probes.Orchestrator.Access;
using Probes.Orchestrator.Api;
using Probes.Orchestrator.Projects;
using Probes.Orchestrator.Store.Entities;

namespace Probes.Orchestrator.Dashboard.Pages;

/// <summary>The audit log: filtered and paged by its address.</summary>
public partial class AuditPage
{
    private const int PageSize = 50;

    private static readonly string[] Filters = ["actor", "action", "target", "from", "to"];

    [CascadingParameter]
    private HttpContext Http { get; set; } = null!;

    [Inject]
    private IServiceProvider Services { get; set; } = null!;

    [Inject]
    private ProjectScope Scope { get; set; } = null!;

    private IReadOnlyList<AuditEntity> Items { get; set; } = [];

    private string? Next { get; set; }

    private string Error { get; set; } = "";

    private bool IsFiltered => Filters.Any(f => Text(f).Length > 0);

    protected override async Task OnInitializedAsync()
    {
        var query = new Query(Http.Request);
        var filter = AuditEndpoints.Filter(query);
        var cursor = AuditEndpoints.Cursor(query);
        if (query.Refusal is { } refusal)
        {
            Error = refusal.ProblemDetails.Detail ?? "";
            Http.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        var page = await Services.GetRequiredService<AuditLog>().ReadAsync(filter, Scope.Visible, cursor, PageSize, Http.RequestAborted);
        (Items, Next) = (page.Items, page.Cursor?.ToString(CultureInfo.InvariantCulture));
    }

    private string Text(string name) => Http.Request.Query[name].ToString();

    // The filter as it is, with one value changed; only the cursor is not kept.
    private string Link(string name, string value) => QueryHelpers.AddQueryString("/audit", Filters.Append("project").Where(f => f != name && Text(f).Length > 0)
        .Select(f => KeyValuePair.Create(f, (string?)Text(f))).Append(new(name, value)));

    private static string Summary(AuditEntity entry) => (entry.Before, entry.After) switch
    {
        (null, _) => "new",
        (_, null) => "removed",
        _ => "changed",
    };

    private static string Class(char mark) => mark switch
    {
        '+' => "came",
        '-' => "went",
        _ => "",
    };
}
