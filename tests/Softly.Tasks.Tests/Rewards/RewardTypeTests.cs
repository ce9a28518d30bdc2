using Softly.Tasks;

namespace Softly.Tests.Rewards;

/// <summary>Rewards found in an assembly: this one's.</summary>
public class RewardTypeTests
{
    public sealed class Kept : IReward
    {
        public string Name { get; init; } = "kept";
        public int Target { get; init; } = 3;
        public bool Flag { get; init; }
        public double? Share { get; init; }
        public double Score(RewardContext context) => Target;
    }

    public sealed class Counting : IReward
    {
        private int _count;
        public string Name => "counting";
        public double Score(RewardContext context) => ++_count;
    }

    public sealed class Settable : IReward
    {
        public string Name => "settable";
        public double Weight { get; set; }
        public double Score(RewardContext context) => Weight;
    }

    private static IReward Make(string? name) => RewardType.Make(typeof(RewardTypeTests).Assembly, name, "mine.dll");

    [Fact]
    public void A_reward_is_found_by_its_name_or_its_type_s_and_takes_settings()
    {
        Assert.Equal("kept", Make("Kept").Name);
        var reward = Make("kept");
        RewardSettings.Apply(reward, [new("target", "5"), new("flag", "true"), new("share", "0.5")]);
        Assert.Equal((5, true, 0.5), (((Kept)reward).Target, ((Kept)reward).Flag, ((Kept)reward).Share));
        var error = Assert.Throws<ArgumentException>(() => RewardSettings.Apply(reward, [new("taget", "5")]));
        Assert.Contains("did you mean 'target'? Settings: name, target, flag, share.", error.Message);
    }

    [Theory]
    [InlineData(null, "mine.dll has several rewards: say which, as in mine.dll:")]
    [InlineData("kpet", "mine.dll: there is no reward 'kpet'; did you mean 'kept'?")]
    [InlineData("counting", "Counting could change its field _count while the run goes on, and rewards keep no state")]
    [InlineData("settable", "Settable could change Weight while the run goes on, and rewards keep no state: write init")]
    public void What_cannot_be_used_says_why(string? name, string expected) =>
        Assert.Contains(expected, Assert.Throws<RewardException>(() => Make(name)).Message);
}
