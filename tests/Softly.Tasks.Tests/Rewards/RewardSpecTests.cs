using Softly.Tasks;

namespace Softly.Tests.Rewards;

public class RewardSpecTests
{
    [Fact]
    public void Rewards_are_separated_by_commas_and_their_settings_by_commas_or_blanks()
    {
        var specs = RewardSpec.Read(" accuracy, length(target=20 spread=5,part=thought) ,my dir/Reward.cs:brevity( target = 3 )");
        Assert.Equal(["accuracy", "length", "my dir/Reward.cs:brevity"], specs.Select(s => s.Name));
        Assert.Empty(specs[0].Settings);
        Assert.Equal(["target=20", "spread=5", "part=thought"], specs[1].Settings.Select(s => $"{s.Key}={s.Value}"));
        Assert.Equal("3", Assert.Single(specs[2].Settings).Value);
    }

    [Fact]
    public void Quotes_hold_what_would_separate()
    {
        var spec = RewardSpec.Read("""format(pattern='^(a, "b")$' name="x y")""")[0];
        Assert.Equal("""^(a, "b")$""", spec.Settings[0].Value);
        Assert.Equal("x y", spec.Settings[1].Value);
    }

    [Theory]
    [InlineData("", "no reward is named")]
    [InlineData("a,,b", "between two commas no reward is named")]
    [InlineData("a,", "between two commas no reward is named")]
    [InlineData("a(b=1", "the parenthesis behind a is never closed")]
    [InlineData("a(b)", "expected key=value, found 'b'")]
    [InlineData("a(b=1, b=2)", "b of a is given twice")]
    [InlineData("a(b='x)", "the quotes of b are never closed")]
    [InlineData("a(b=1) c", "'c' stands behind a without a comma before it")]
    [InlineData("a)", "')' stands behind a without a comma before it")]
    public void What_cannot_be_read_says_where(string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<ArgumentException>(() => RewardSpec.Read(text)).Message);
}
