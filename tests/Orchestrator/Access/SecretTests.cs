using Probes.Orchestrator.Access;

namespace Probes.Tests.Orchestrator.Access;

public sealed class SecretTests
{
    [Test]
    public void A_secret_is_read_back_with_the_same_hash_and_id()
    {
        var made = Secret.New(Secret.ApiKey);
        var read = Secret.Parse(Secret.ApiKey, $" {made.Text}\n");
        Assert.That(read, Is.Not.Null);
        Assert.That(read!.PublicId, Is.EqualTo(made.PublicId));
        Assert.That(read.Matches(made.Hash));
    }

    [Test]
    public void Any_changed_character_is_found_by_the_check()
    {
        var text = Secret.New(Secret.EnrolmentToken).Text;
        for (var i = 0; i < text.Length; i++)
        {
            var changed = text.ToCharArray();
            changed[i] = changed[i] == 'x' ? 'y' : 'x';
            Assert.That(Secret.Parse(Secret.EnrolmentToken, new string(changed)), Is.Null);
        }
    }

    [TestCase("")]
    [TestCase(null)]
    [TestCase("prb___")]
    [TestCase("prb_ä_ö_ü")]
    public void What_is_no_secret_is_none(string? text) => Assert.That(Secret.Parse(Secret.EnrolmentToken, text), Is.Null);

    [Test]
    public void A_secret_of_one_kind_is_none_of_another() =>
        Assert.That(Secret.Parse(Secret.ApiKey, Secret.New(Secret.AgentCredential).Text), Is.Null);

    [Test]
    public void Its_text_does_not_show_when_it_is_logged()
    {
        var secret = Secret.New(Secret.ApiKey);
        Assert.That($"{secret}", Does.Not.Contain(secret.Text));
    }
}
