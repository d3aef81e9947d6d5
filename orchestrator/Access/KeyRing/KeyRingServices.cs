using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.Options;

namespace Probes.Orchestrator.Access.KeyRing;

/// <summary>
/// The keys that encrypt cookies, secrets and the signing key. Without a setting they lie in the data folder, readable by its owner only.
/// With <c>Keys:Master</c> they lie in the store, encrypted with it, so that every replica reads what another wrote.
/// </summary>
internal static class KeyRingServices
{
    internal static void AddKeyRing(this IServiceCollection services, IConfiguration configuration)
    {
        var master = MasterKey.Read(configuration);
        var protection = services.AddDataProtection().SetApplicationName("probes");
        if (master is null)
        {
            var folder = new DirectoryInfo(Path.Combine(configuration["Data"] ?? ".", "keys"));
            if (!OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(folder.FullName, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }

            protection.PersistKeysToFileSystem(folder);
            return;
        }

        services.AddSingleton(master);
        services.AddSingleton<StoredKeys>();
        services.AddSingleton<IConfigureOptions<KeyManagementOptions>>(provider => new ConfigureOptions<KeyManagementOptions>(options =>
        {
            options.XmlRepository = provider.GetRequiredService<StoredKeys>();
            options.XmlEncryptor = new MasterKeyEncryptor(master);
        }));
    }
}
