using Softly.Cli.Planning;
using Softly.Cli.Recipes;

namespace Softly.Tests.Cli.Planning;

/// <summary>What an update's time is made of.</summary>
public class TimePlanTests
{
    [Theory]
    [InlineData(0, "thought_anchor=0")]
    [InlineData(1, "thought_anchor=0.3")]
    [InlineData(1, "thought_anchor=0", "beta=0.02")]
    [InlineData(2, "thought_anchor=0.3", "beta=0.02")]                                  // log-densities, and the anchor
    [InlineData(1, "thought_anchor=0.3", "beta=0.02", "kl_estimator=closed-form")]      // both are of the whole vocabulary
    public void The_frozen_start_is_counted_as_often_as_it_reads_the_rollouts(int passes, params string[] keys)
    {
        var input = new Planner(RecipeReader.Read(null, ["algorithm=frontier-soft", .. keys]), promptTokens: 20).Input;
        Assert.Equal((passes, passes > 0), (input.ReferencePasses, input.Reference));
        var machine = new Machine(Gflops: 100, GigabytesPerSecond: 10);
        double Update(int count) => new TimePlan(input with { ReferencePasses = count }, machine).Update;
        Assert.True(Update(1) > Update(0));
        Assert.Equal(2 * (Update(1) - Update(0)), Update(2) - Update(0), 1e-9);
        Assert.Equal(Update(passes), new TimePlan(input, machine).Update);
    }
}
