using Microsoft.AspNetCore.Components;
using Probes.Orchestrator.Projects;

namespace Probes.Orchestrator.Dashboard;

public partial class MainLayout
{
    private static readonly string Version = typeof(MainLayout).Assembly.GetName().Version?.ToString(3) ?? "";

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [Inject]
    private ProjectScope Scope { get; set; } = null!;

    // A bare fragment would lead to the base address, not to this page.
    private string Here(string fragment) => "/" + Navigation.ToBaseRelativePath(Navigation.Uri).Split('#')[0] + fragment;
}
