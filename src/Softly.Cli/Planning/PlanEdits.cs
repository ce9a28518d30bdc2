using System.Globalization;
using Softly.Cli.Recipes;
using Softly.Models;

namespace Softly.Cli.Planning;

/// <summary>
/// Changes to a recipe that make it fit, as few as will do: first those that leave every number of the training as it is, then
/// those that do not.
/// </summary>
internal static class PlanEdits
{
    /// <summary>A key that can save memory, from the recipe's own value on to the one that saves most.</summary>
    /// <param name="Key">Its name.</param>
    /// <param name="Get">The value in a recipe, as a recipe file has it.</param>
    /// <param name="Values">The recipe with every value of the key, its own first.</param>
    private sealed record Knob(string Key, Func<Recipe, string> Get, Func<Recipe, IEnumerable<Recipe>> Values);

    private static readonly Knob[] Knobs =
    [
        new("per_device_train_batch_size", r => Text(r.PerDeviceTrainBatchSize),
            r => Halves(Math.Min(r.PerDeviceTrainBatchSize, r.PromptsPerStep * r.NumGenerations), r.PerDeviceTrainBatchSize, 1)
                .Select(n => r with { PerDeviceTrainBatchSize = n })),
        new("gradient_checkpointing", _ => "true", r => [r, r with { GradientCheckpointing = true }]),
        new("rollout_rows", r => Text(r.RolloutRows),
            r => Halves(Math.Min(r.RolloutRows, r.PromptsPerStep * r.NumGenerations), r.RolloutRows, r.NumGenerations)
                .Select(n => r with { RolloutRows = n })),
        new("dtype", _ => "bfloat16",
            r => r.Engine == "simd" && !SimdDecoder.SupportsHalf ? [r] : [r, r with { Dtype = "bfloat16" }]),
        new("warm_start_batch", r => Text(r.WarmStartBatch), r => r.WarmStartSteps == 0 ? [r]
            : Halves(r.WarmStartBatch, r.WarmStartBatch, r.WarmStartQuestions).Select(n => r with { WarmStartBatch = n })),
        new("use_peft", _ => "true",
            r => r.AttachThoughtInputs || r.ModelNameOrPath == "scratch" ? [r] : [r, r with { UsePeft = true }]),
    ];

    /// <summary>Finds them.</summary>
    /// <param name="recipe">What does not fit.</param>
    /// <param name="plan">A recipe's memory.</param>
    /// <param name="available">Bytes there are.</param>
    /// <returns>
    /// <c>key: value</c> lines and the recipe they make; the recipe that takes least where none fits, with <c>Fits</c> false.
    /// </returns>
    public static (IReadOnlyList<string> Lines, Recipe Recipe, bool Fits) Find(
        Recipe recipe, Func<Recipe, MemoryPlan> plan, long available)
    {
        var least = recipe;
        for (var knobs = 1; knobs <= Knobs.Length; knobs++)
        {
            // As far as these keys go; half precision may cost more than it saves, so each value counts for itself.
            var smallest = Knobs.Take(knobs).Aggregate(
                new[] { recipe }.AsEnumerable(), (all, knob) => all.SelectMany(r => knob.Values(r))).MinBy(r => plan(r).Peak)!;
            if (plan(smallest).Peak < plan(least).Peak) least = smallest;
            if (plan(smallest).Peak > available) continue;
            // Then back as far as it still fits, beginning with what changes most.
            var relaxed = smallest;
            foreach (var knob in Knobs.Take(knobs).Reverse())
                relaxed = knob.Values(Reset(relaxed, recipe, knob)).First(r => plan(r).Peak <= available);
            return (Changes(recipe, relaxed), relaxed, true);
        }
        return (Changes(recipe, least), least, false);
    }

    /// <summary>A recipe with one key as another recipe has it.</summary>
    private static Recipe Reset(Recipe recipe, Recipe from, Knob knob) => knob.Key switch
    {
        "per_device_train_batch_size" => recipe with { PerDeviceTrainBatchSize = from.PerDeviceTrainBatchSize },
        "gradient_checkpointing" => recipe with { GradientCheckpointing = from.GradientCheckpointing },
        "rollout_rows" => recipe with { RolloutRows = from.RolloutRows },
        "warm_start_batch" => recipe with { WarmStartBatch = from.WarmStartBatch },
        "dtype" => recipe with { Dtype = from.Dtype },
        _ => recipe with { UsePeft = from.UsePeft },
    };

    private static List<string> Changes(Recipe before, Recipe after) =>
        [.. Knobs.Where(k => Reset(after, before, k) != after).Select(k => $"{k.Key}: {k.Get(after)}")];

    private static IEnumerable<int> Halves(int most, int own, int least)
    {
        yield return own;
        for (var n = most == own ? most / 2 : most; n > least; n /= 2) yield return n;
        if (own > least) yield return least;
    }

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
