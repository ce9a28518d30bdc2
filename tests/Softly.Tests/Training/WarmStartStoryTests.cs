using Softly.Cli;
using Softly.Cli.Recipes;
using Softly.Generation;
using Softly.Training;

namespace Softly.Tests.Training;

/// <summary>A small warm start that thinks in sets, from the recipe on.</summary>
[Trait("Weight", "Story")]
public sealed class WarmStartStoryTests(ITestOutputHelper output)
{
    private static readonly string[] Keys =
    [
        "task=reachability-two", "task_thoughts=frontier", "task_nodes=14", "task_window=6", "task_hops=2", "task_candidates=2",
        "train_problems=500", "rope_theta=1000000", "num_hidden_layers=2", "hidden_size=48",
        "warm_start_steps=60", "warm_start_batch=32", "warm_start_questions=4", "warm_start_learning_rate=0.003",
        "warm_start_noise=0.5", "warm_start_self_fed=0.5", "algorithm=frontier-soft",
        "threads=1",
    ];

    private static double[] Losses(string initialization, params string[] more)
    {
        var setup = new Setup(RecipeReader.Read(null, [.. Keys, $"initialization={initialization}", .. more]));
        using var model = setup.MakeModel();
        var (losses, reader, problems) = (new List<double>(), new ProblemReader(setup.Tokenizer), setup.Problems.Train());
        new SupervisedTrainer(model, setup.Settings.WarmStart.Options(setup.Sampling)).Run(
            random => setup.Settings.WarmStart.Draw(setup.Task, problems, reader, random, setup.Sampling),
            (_, loss) => losses.Add(loss));
        return [.. losses];
    }

    [Fact]
    public void Sets_are_learned_in_sixty_updates_the_same_for_a_seed_and_faster_with_a_lookup_start()
    {
        var losses = Losses("lookup");
        var plain = Losses("plain");
        output.WriteLine($"{losses[0]:f3} → {losses[^10..].Average():f3}; plain {plain[0]:f3} → {plain[^10..].Average():f3}");
        Assert.True(losses[0] > 3, $"{losses[0]}");
        Assert.True(losses[^10..].Average() < 2.25, $"{losses[^10..].Average()}");
        Assert.True(plain[^10..].Average() > losses[^10..].Average() + 0.1, $"{plain[^10..].Average()}");
        Assert.Equal(losses, Losses("lookup"));
        Assert.NotEqual(losses[^1], Losses("lookup", "seed=7")[^1]);
    }
}
