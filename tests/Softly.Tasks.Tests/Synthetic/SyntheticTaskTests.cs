using CsCheck;
using Softly.Tasks;

namespace Softly.Tests.Synthetic;

/// <summary>What holds for every task with a vocabulary of its own.</summary>
public sealed class SyntheticTaskTests
{
    private static readonly Dictionary<string, ITask> Tasks =
        TaskCatalog.Names.Where(n => !TaskCatalog.ReadsFile(n)).Select(n => TaskCatalog.Find(n))
            .Where(t => t.Vocabulary is not null).ToDictionary(t => t.Name);

    public static TheoryData<string> Names => [.. Tasks.Keys];

    [Fact]
    public void A_task_is_called_what_the_catalog_calls_it() =>
        Assert.All(TaskCatalog.Names.Where(n => !TaskCatalog.ReadsFile(n)), n => Assert.Equal(n, TaskCatalog.Find(n).Name));

    [Theory, MemberData(nameof(Names))]
    public void Demonstrations_are_right_and_fit_the_vocabulary_and_the_length(string name)
    {
        var task = Tasks[name];
        var words = task.Vocabulary!.ToHashSet();
        var random = new Random(1);
        foreach (var split in Enum.GetValues<Split>())
            foreach (var problem in task.Problems(split, 100, 5))
            {
                var steps = task.Demonstrate(problem, random)!.Steps;
                Assert.Equal(task.CompletionLength, steps.Count);
                Assert.All(steps, s => Assert.All(s.Target, w => Assert.Contains(w.Word, words)));
                Assert.All(steps, s => Assert.Equal(1, s.Target.Sum(w => w.Weight), 1e-9));
                Assert.Equal("<end>", steps[^1].Target[0].Word);
                var end = steps.Index().First(s => s.Item.Target[0].Word == task.ThinkEnd).Index;
                Assert.All(steps.Index(), s => Assert.Equal(s.Index < end, s.Item.IsThought));
                var grade = task.Grade(problem, string.Join(' ', steps.Select(s => s.Target[0].Word)));
                Assert.True(grade is { Verdict: Verdict.Right, Score: 1 }, $"{problem.Prompt} {grade}");
            }
    }

    [Theory, MemberData(nameof(Names))]
    public void Prompts_are_made_of_the_vocabulary_and_of_mixtures_of_it(string name)
    {
        var words = Tasks[name].Vocabulary!.ToHashSet();
        Assert.Equal(Tasks[name].Vocabulary!.Count, words.Count);
        foreach (var problem in Tasks[name].Problems(Split.Train, 50, 2))
            Assert.All(problem.Prompt.Split(' ').SelectMany(w => w.Split('&')), w => Assert.Contains(w, words));
    }

    [Theory, MemberData(nameof(Names))]
    public void The_parts_share_no_problem_whatever_the_seeds(string name)
    {
        var train = Tasks[name].Problems(Split.Train, 1500, 1);
        var test = Tasks[name].Problems(Split.Test, 500, 2);
        Assert.Equal(1500, train.Select(p => p.Id).Distinct().Count());
        Assert.NotEmpty(test);
        Assert.Empty(train.Select(p => p.Id).Intersect(test.Select(p => p.Id)));
        Assert.Empty(train.Select(p => p.Prompt).Intersect(test.Select(p => p.Prompt)));
    }

    [Theory, MemberData(nameof(Names))]
    public void The_same_arguments_give_the_same_problems_and_fewer_are_the_first_of_them(string name)
    {
        var task = Tasks[name];
        var some = task.Problems(Split.Test, 40, 3).Select(p => p.Prompt).ToArray();
        Assert.Equal(some, TaskCatalog.Find(name).Problems(Split.Test, 40, 3).Select(p => p.Prompt));
        Assert.Equal(some[..10], task.Problems(Split.Test, 10, 3).Select(p => p.Prompt));
        Assert.NotEqual(some, task.Problems(Split.Test, 40, 4).Select(p => p.Prompt));
        Assert.Empty(task.Problems(Split.Test, 0, 3));
    }

    [Theory, MemberData(nameof(Names))]
    public void Grading_survives_rubbish_and_never_rewards_it(string name)
    {
        var task = Tasks[name];
        var problem = task.Problems(Split.Test, 1, 1)[0];
        var word = Gen.Int[0, task.Vocabulary!.Count - 1].Select(i => task.Vocabulary[i]);
        var soup = Gen.OneOf(word, Gen.String, Gen.Int.Select(i => i.ToString())).Array[0, 40].Select(w => string.Join(' ', w));
        Gen.OneOf(soup, Gen.String).Sample(text =>
        {
            var grade = task.Grade(problem, text);
            return (grade.Score == 1) == (grade.Verdict == Verdict.Right) && grade.Score is 0 or 1 && grade.Reason.Length > 0;
        }, iter: 2000);
        Assert.Equal(Verdict.NoAnswer, task.Grade(problem, "").Verdict);
        Assert.Equal(Verdict.Unparsable, task.Grade(problem, "> " + new string('9', 100_000)).Verdict);
    }

    [Theory, MemberData(nameof(Names))]
    public void A_foreign_prompt_is_refused_not_thrown_at(string name)
    {
        var task = Tasks[name];
        foreach (var prompt in new[] { "", ":", "1", "x y z :", "99999999999 1 2 3 4 :", "-1 2 3 4 5 :", "1 2 : 3" })
        {
            var problem = new Problem(prompt, prompt, "");
            Assert.Equal(0, task.Grade(problem, "> 1").Score);
            Assert.Null(task.Demonstrate(problem, new Random(1)));
            Assert.Null(task.GuessChance(problem));
        }
    }
}
