using Softly.Tasks;

namespace Softly.Tests.Synthetic.Searches;

/// <summary>Alone, so that the processor time of the process is that of the test.</summary>
[CollectionDefinition(nameof(SearchSpeedTests), DisableParallelization = true)]
[Collection(nameof(SearchSpeedTests))]
public sealed class SearchSpeedTests(ITestOutputHelper output)
{
    /// <summary>Thousands of problems, and as many other questions about them, take seconds of one processor.</summary>
    [Theory]
    [InlineData("reachability")]
    [InlineData("reachability-two")]
    [InlineData("subset-sums")]
    [InlineData("knight-moves")]
    public void Problems_and_other_questions_come_fast(string name)
    {
        const int Count = 500;
        var (task, random) = (TaskCatalog.Find(name), new Random(22));
        foreach (var problem in task.Problems(Split.Train, 100, 20)) task.Ask(problem, random); // compiles what is measured
        IReadOnlyList<Problem> problems = [];
        var drawn = Milliseconds(() => problems = task.Problems(Split.Train, Count, 21));
        var asked = Milliseconds(() =>
        {
            foreach (var problem in problems) task.Ask(problem, random);
        });
        output.WriteLine($"{name}: {drawn:F2} ms a problem, {asked:F2} ms a question");
        Assert.True(drawn < 50 && asked < 10, $"{name}: {drawn:F2} ms a problem, {asked:F2} ms a question");

        static double Milliseconds(Action action)
        {
            var before = Environment.CpuUsage.TotalTime;
            action();
            return (Environment.CpuUsage.TotalTime - before).TotalMilliseconds / Count;
        }
    }
}
