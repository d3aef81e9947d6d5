using Microsoft.Extensions.Options;
using Probes.Orchestrator.Detection.Answers;
using Probes.Orchestrator.Detection.Backtest;
using Probes.Orchestrator.Detection.Blame;
using Probes.Orchestrator.Detection.Confirmation;
using Probes.Orchestrator.Detection.Incidents;
using Probes.Orchestrator.Detection.Season;
using Probes.Orchestrator.Fleet;
using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Detection;

internal static class DetectionServices
{
    internal static WebApplicationBuilder AddDetection(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<DetectorOptions>().BindConfiguration(DetectorOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<DetectorOptions>, DetectorOptionsValidator>();
        services.AddSingleton<IncidentBook>();
        services.AddSingleton<IncidentReader>();
        services.AddSingleton<IIncidents>(s => s.GetRequiredService<IncidentReader>());
        services.AddSingleton<IncidentDesk>();
        services.AddSingleton<Blamer>();
        // Of the orchestrator's own parts: it sees every project's incidents.
        services.AddTransient(s => new Seasons(s.GetRequiredService<IResultStore>(), s.GetRequiredService<ITierStore>(), s.GetRequiredService<IncidentReader>()));
        services.AddSingleton<Verdicts>();
        services.AddSingleton<IVerdicts>(s => s.GetRequiredService<Verdicts>());
        services.AddOptions<IncidentOptions>().BindConfiguration(IncidentOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<IncidentOptions>, IncidentOptionsValidator>();
        services.AddOptions<AnswersOptions>().BindConfiguration(AnswersOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<AnswersOptions>, AnswersOptionsValidator>();
        services.AddSingleton<AnswerBook>();
        services.AddSingleton<IAnswers>(s => s.GetRequiredService<AnswerBook>());
        services.AddHostedService<AnswersWorker>();
        services.AddSingleton<BacktestGate>();
        services.AddTransient<BacktestPlanner>();
        services.AddTransient<BacktestRun>();
        services.AddTransient<WhyQuery>();
        services.AddConfirmation();
        services.AddHostedService<DetectionWorker>();
        return builder;
    }

    private static void AddConfirmation(this IServiceCollection services)
    {
        services.AddOptions<ConfirmationOptions>().BindConfiguration(ConfirmationOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<ConfirmationOptions>, ConfirmationOptionsValidator>();
        services.AddSingleton<ConfirmationBook>();
        services.AddSingleton<ConfirmationMetrics>();
        services.AddSingleton<RunOn>(s => async (check, agents, timeout, ct) => (await s.GetRequiredService<OnDemandRuns>().RunByAsync(check, agents, timeout, ct))?.Runs);
        services.AddSingleton<Confirmer>();
        services.AddHostedService(s => s.GetRequiredService<Confirmer>());
    }
}
