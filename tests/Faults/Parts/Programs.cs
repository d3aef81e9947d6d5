namespace Probes.Faults.Parts;

/// <summary>The product's programs, as built beside this one.</summary>
internal static class Programs
{
#if DEBUG
    private const string Configuration = "Debug";
#else
    private const string Configuration = "Release";
#endif

    public static string Root { get; } = Find();

    public static string Of(string name) => Path.Combine(Root, name, "bin", Configuration, "net10.0", $"{name}.dll");

    public static bool AsRoot => Environment.UserName == "root";

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Probes.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("Probes.sln was not found above the program");
        }

        return folder.FullName;
    }
}
