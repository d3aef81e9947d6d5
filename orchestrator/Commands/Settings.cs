namespace Probes.Orchestrator.Commands;

/// <summary>Where settings come from, weakest first: appsettings.json, environment, flags.</summary>
internal static class Settings
{
    private const string Prefix = "PROBES__";

    /// <summary>A builder with every source in place and <c>Data</c> made an absolute path of a folder that exists.</summary>
    internal static WebApplicationBuilder CreateBuilder(IReadOnlyDictionary<string, string?> flags)
    {
        // appsettings.json and wwwroot lie beside the program, wherever it is started from.
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            ApplicationName = typeof(Settings).Assembly.GetName().Name,
            ContentRootPath = AppContext.BaseDirectory,
        });
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddJsonFile("appsettings.json", optional: true);
        builder.Configuration.AddJsonFile(Path.GetFullPath("appsettings.local.json"), optional: true);
        builder.Configuration.AddEnvironmentVariables(Prefix);
        if (Environment.GetEnvironmentVariable("PROBES_DATA") is { Length: > 0 } folder)
        {
            builder.Configuration.AddInMemoryCollection([new("Data", folder)]);
        }

        builder.Configuration.AddInMemoryCollection(flags);
        builder.Configuration["Data"] = DataFolder(builder.Configuration);
        builder.WebHost.UseStaticWebAssets();
        ConsoleLogs.Use(builder);
        builder.Services.AddSingleton(TimeProvider.System);
        return builder;
    }

    /// <summary>The folder that the commands beside a running orchestrator look into, such as for its key.</summary>
    internal static string DefaultDataFolder() => Path.GetFullPath(
        Environment.GetEnvironmentVariable("PROBES_DATA") ?? Environment.GetEnvironmentVariable(Prefix + "DATA") ?? "data");

    private static string DataFolder(ConfigurationManager configuration)
    {
        var folder = Path.GetFullPath(configuration["Data"] is { Length: > 0 } given ? given : "data");
        var demo = configuration.GetValue<bool>("Demo");
        try
        {
            if (demo)
            {
                // The demo never mixes with real data, and starts afresh: old minutes would be its wrong baseline.
                folder = Path.Combine(folder, "demo");
                if (Directory.Exists(folder))
                {
                    Directory.Delete(folder, recursive: true);
                }
            }

            Directory.CreateDirectory(folder);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException($"Data: the folder {folder} cannot be used: {fault.Message}");
        }

        return folder;
    }
}
