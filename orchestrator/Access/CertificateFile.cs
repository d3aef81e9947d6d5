using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Probes.Orchestrator.Commands;

namespace Probes.Orchestrator.Access;

/// <summary>A listener's certificate, read again when its file has changed: certificates are renewed while the orchestrator runs.</summary>
internal sealed class CertificateFile
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(10);

    private readonly string _certificate;
    private readonly string? _key;
    private readonly TimeProvider _clock;
    private readonly Lock _lock = new();
    private X509Certificate2 _current;
    private DateTime _written;
    private long _looked;

    /// <exception cref="SettingsException">There is no certificate with its key in these files.</exception>
    internal CertificateFile(string section, string certificate, string? key, TimeProvider clock)
    {
        (_certificate, _key, _clock) = (certificate, key, clock);
        try
        {
            _written = File.GetLastWriteTimeUtc(certificate);
            _current = Load();
            _looked = clock.GetTimestamp();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new SettingsException($"{section}:CertificateFile, {section}:KeyFile: no certificate with its key can be read from '{certificate}' and '{key}' (PEM): {fault.Message}");
        }
    }

    internal X509Certificate2 Current()
    {
        lock (_lock)
        {
            if (_clock.GetElapsedTime(_looked) >= LookEvery)
            {
                _looked = _clock.GetTimestamp();
                Reread();
            }

            return _current;
        }
    }

    private void Reread()
    {
        try
        {
            var written = File.GetLastWriteTimeUtc(_certificate);
            if (written != _written)
            {
                // The one before may still serve a handshake; it goes when nothing holds it.
                _current = Load();
                _written = written;
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or CryptographicException)
        {
            // Half written, perhaps: the one we have goes on, and the next look tries again.
        }
    }

    private X509Certificate2 Load() => X509Certificate2.CreateFromPemFile(_certificate, string.IsNullOrEmpty(_key) ? null : _key);
}
