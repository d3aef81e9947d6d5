using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;

namespace Probes.Orchestrator.Access.KeyRing;

/// <summary>Encrypts data protection keys with the master key.</summary>
internal sealed class MasterKeyEncryptor(MasterKey master) : IXmlEncryptor
{
    public EncryptedXmlInfo Encrypt(XElement plaintextElement) =>
        new(new XElement("masterKey", Convert.ToBase64String(master.Encrypt(plaintextElement.ToString(SaveOptions.DisableFormatting)))), typeof(MasterKeyDecryptor));
}

/// <summary>Decrypts them; made by the framework, by the name written beside each key.</summary>
internal sealed class MasterKeyDecryptor(IServiceProvider services) : IXmlDecryptor
{
    public XElement Decrypt(XElement encryptedElement) =>
        XElement.Parse(services.GetRequiredService<MasterKey>().Decrypt(Convert.FromBase64String(encryptedElement.Value)));
}
