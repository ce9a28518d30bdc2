using Softly.Evaluation;
using Softly.Sampling;

namespace Softly.Tests.Laws;

public class LawProfilerTests
{
    /// <summary>
    /// Under narrow noise a sure step's unlikely tokens win in no draw: their score never varies, and is no sign of a bias. A bias
    /// shows as before.
    /// </summary>
    [Theory]
    [InlineData("gumbel-ladder", false)]
    [InlineData("gumbel-winner", false)]
    [InlineData("blank", false)]
    [InlineData("soft-cross-entropy", true)]
    [InlineData("gamma-reference", true)]
    public void What_no_draw_has_shown_is_no_bias(string law, bool biased)
    {
        var profile = new LawProfiler(draws: 20_000).Measure(StepLaws.Make(law, new LawSettings()));
        Assert.Equal(biased, profile.MeanScore > 4);
        foreach (var score in profile.Scores.Where(s => s.Formula is not null))
            Assert.InRange(score.Measured, 0.9 * score.Formula!.Value - 2e-3, 1.1 * score.Formula.Value + 2e-3);
    }
}
