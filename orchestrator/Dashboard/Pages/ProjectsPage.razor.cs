using Microsoft.AspNetCore.Components;
using Probes.Orchestrator.Access;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Projects;

namespace Probes.Orchestrator.Dashboard.Pages;

/// <summary>Projects, and for admins of all of them their making and deleting.</summary>
public partial class ProjectsPage
{
    /// <summary>What the form sends.</summary>
    public sealed class Form
    {
        public string? Name { get; set; }

        public string? Description { get; set; }
    }

    [SupplyParameterFromForm(FormName = "new-project")]
    private Form? Made { get; set; }

    [SupplyParameterFromForm(FormName = "delete-project")]
    private Form? Gone { get; set; }

    [CascadingParameter]
    private HttpContext Http { get; set; } = null!;

    [Inject]
    private ICatalog Catalog { get; set; } = null!;

    [Inject]
    private ProjectScope Scope { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [Inject]
    private IServiceProvider Services { get; set; } = null!;

    private string Error { get; set; } = "";

    private bool MayChange => ProjectEndpoints.Refusal(Caller.Of(Http)) is null;

    private IEnumerable<ProjectReply> Rows => ProjectEndpoints.List(Catalog, Scope);

    private async Task CreateAsync()
    {
        var (name, description) = (Made?.Name?.Trim() ?? "", Made?.Description?.Trim() ?? "");
        Error = ProjectEndpoints.Refusal(Caller.Of(Http)) ?? (ProjectEndpoints.Mistake(name, description) is var (field, message, allowed)
            ? $"The {(field == "project" ? "name" : field)} {message} (allowed: {allowed})." : "");
        if (Error.Length == 0)
        {
            await Services.GetRequiredService<ProjectBook>().PutAsync(Caller.Of(Http), name, description, CancellationToken.None);
            Navigation.NavigateTo("/projects");
        }
    }

    private async Task DeleteAsync()
    {
        Error = ProjectEndpoints.Refusal(Caller.Of(Http)) ?? "";
        if (Error.Length == 0 && Gone?.Name is { Length: > 0 } name)
        {
            var (_, uses) = await Services.GetRequiredService<ProjectBook>().DeleteAsync(Caller.Of(Http), name, CancellationToken.None);
            Error = uses.Count > 0 ? $"Project {name} stays: {string.Join(", ", uses)}." : "";
            if (Error.Length == 0)
            {
                Navigation.NavigateTo("/projects");
            }
        }
    }
}
