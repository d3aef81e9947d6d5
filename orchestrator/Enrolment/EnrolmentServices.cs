using Microsoft.Extensions.Options;

namespace Probes.Orchestrator.Enrolment;

/// <summary>How agents come to an identity, and how they are recognised by it.</summary>
internal static class EnrolmentServices
{
    internal static WebApplicationBuilder AddEnrolment(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptions<EnrolmentOptions>().BindConfiguration("Enrolment").ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<EnrolmentOptions>, EnrolmentOptionsValidator>();
        builder.Services.AddSingleton<IValidateOptions<EnrolmentOptions>, PublicUrlValidator>();
        // Made for each who asks, over the catalog that he sees.
        builder.Services.AddTransient<TokenService>();
        builder.Services.AddSingleton<Challenges>();
        builder.Services.AddSingleton<CredentialIssuer>();
        builder.Services.AddSingleton<Enroller>();
        builder.Services.AddTransient<AgentSwitch>();
        builder.Services.AddSingleton<IAgentAuthenticator, AgentAuthenticator>();
        return builder;
    }

    internal static void MapEnrolment(this WebApplication app) => app.MapGrpcService<EnrolmentService>();
}
