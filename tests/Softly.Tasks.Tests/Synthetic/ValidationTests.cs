namespace Softly.Tasks.Tests.Synthetic;

public class ValidationTests
{
    private static IReadOnlyList<Problem> Some(ITask task, int count, ulong seed) =>
        Validation.Of(task, asked => task.Problems(Split.Train, asked, seed), count);

    [Theory]
    [InlineData("countdown-3", 300)]
    [InlineData("countdown-4", 300)]
    [InlineData("hidden-strategy", 300)]
    [InlineData("modular-arithmetic", 300)]
    [InlineData("two-ended-path", 50)]
    [InlineData("reachability", 50)]
    [InlineData("reachability-two", 50)]
    [InlineData("subset-sums", 300)]
    [InlineData("knight-moves", 50)]
    [InlineData("word-problems", 300)]
    public void Training_validation_and_test_share_no_content(string name, int problems)
    {
        var task = TaskCatalog.Find(name);
        var test = task.Problems(Split.Test, problems, 1);
        var validation = Some(task, 200, 1);
        var train = task.Problems(Split.Train, 3000, 2).Where(p => !Validation.Holds(task, p)).ToList();
        Assert.Equal(problems, test.Count);
        Assert.Equal(200, validation.Count);
        Assert.True(train.Count > 2500);
        var sets = new[] { test, validation, train }.Select(s => s.Select(task.ContentOf).ToHashSet()).ToArray();
        Assert.False(sets[0].Overlaps(sets[1]));
        Assert.False(sets[0].Overlaps(sets[2]));
        Assert.False(sets[1].Overlaps(sets[2]));
        Assert.Equal(200, validation.Select(p => p.Id).Distinct().Count());
    }

    [Fact]
    public void No_number_multiset_of_countdown_is_in_two_of_training_validation_and_test()
    {
        var task = TaskCatalog.Find("countdown-3");
        static string Numbers(Problem p) => string.Join(' ', p.Prompt.Split(' ')[..3].Select(int.Parse).Order());
        var all = task.Problems(Split.Train, 100_000, 1);
        var test = task.Problems(Split.Test, 10_000, 1).Select(Numbers).ToHashSet();
        var validation = Some(task, 10_000, 2).Select(Numbers).ToHashSet();
        var train = all.Where(p => !Validation.Holds(task, p)).Select(Numbers).ToHashSet();
        Assert.True(test.Count > 30 && validation.Count > 30, $"{test.Count}, {validation.Count}");
        Assert.Empty(test.Intersect(validation));
        Assert.Empty(test.Union(validation).Intersect(train));
        // Together, training and validation are all there was to train on.
        Assert.Equal(all.Select(Numbers).ToHashSet(), train.Union(validation).ToHashSet());
    }

    [Fact]
    public void Validation_is_the_same_for_the_same_arguments_and_a_smaller_count_is_its_beginning()
    {
        var task = TaskCatalog.Find("modular-arithmetic");
        var some = Some(task, 50, 9).Select(p => p.Id);
        Assert.Equal(some, Some(task, 120, 9).Take(50).Select(p => p.Id));
    }
}
