namespace Softly.Runs.Reports;

/// <summary>What the quickstart's page explains, apart from its numbers.</summary>
internal static class QuickstartWords
{
    public const string IntervalScope =
        "Intervals say what other problems of this kind would have shown. They do not cover other seeds: another "
        + "training run may differ by more.";

    public const string ManyIntervals =
        "Of twenty 95 % intervals around no difference at all, one excludes zero by chance. A single small difference "
        + "among many is a hint. More at pass@32 with less at pass@1 may only mean that less was learned.";

    public const string FindingsReading =
        "pass@1 is accuracy; pass@32 is the chance that one of 32 answers is right. The numbers in brackets are 95 % "
        + "intervals. A sentence says “above” or “below” only where its whole interval does. The words are explained "
        + "further down.";

    public static IReadOnlyList<string> SoftTokens { get; } =
    [
        "A language model writes one token at a time: it computes a probability for every word it knows, one word is "
        + "drawn, and only that word is fed back. What it gave the others is lost.",
        "A **soft token** keeps several. The likeliest words are kept with weights that add up to one, and the model is "
        + "fed the weighted mean of their embeddings: “mostly 7, a little 8”. The model thinks in soft tokens; its "
        + "answer is written in plain words, so that it can be checked.",
        "Reinforcement learning needs chance, and a plain weighted mean has none. **SofT-GRPO** (arXiv 2511.06411) adds "
        + "Gumbel noise to the log-probabilities before they become weights. The noise makes every thought a draw whose "
        + "probability is known, and that is what a policy gradient needs.",
    ];

    public static IReadOnlyList<string> Arms { get; } =
    [
        "**Discrete GRPO** draws plain words, several answers to each problem, and makes the words of the answers that "
        + "beat their group more likely. It is the standard that others have to meet.",
        "**SofT-GRPO in the paper’s form** thinks in soft tokens. Its gradient scores the whole noisy mixture: the "
        + "density of every kept word’s perturbed value.",
        "**SofT-GRPO scored by its winner** thinks in soft tokens too, but its gradient scores only which word came out "
        + "heaviest. It asks whether the rest of the mixture carries something to learn, or only noise.",
    ];

    public const string PassAtK =
        "**pass@k** is the chance that at least one of k answers to a problem is right. pass@1 is accuracy. At large k "
        + "a model scores by trying different things, so a model that has become sure of one way can gain at pass@1 and "
        + "lose at pass@32.";

    public const string RatesReading =
        "Each line is one model, k grows to the right by doublings, bars are 95 % intervals. The dashed grey line is what random "
        + "legal answers reach: only the height above it is skill. Lines within one figure answer in the same way and may "
        + "be compared; soft decodings draw from fewer words, and that alone lifts pass@1, so lines of different figures "
        + "may not.";

    public const string DifferenceReading =
        "The same problems are compared one by one, which makes these intervals narrower than those above. A bar that "
        + "touches the zero line claims nothing.";

    public const string ControlReading =
        "Soft decodings keep only the likeliest words. So that this is not mistaken for an effect of the mixture, soft "
        + "arms are compared with a **discrete control** that draws plain words from the same few.";

    public const string Overlap =
        "Evaluated problems may also occur in training: this measures learning on a covered set, not generalisation.";

    public const string EntropyReading =
        "Entropy is how undecided the model is before its first thought. Where it falls, so may the variety of answers.";

    public const string MatchedReading =
        "Arms learn at different speeds, and whoever has learned less has kept more variety. Comparing them where "
        + "pass@1 is the same takes that out.";

    public const string CurvesReading =
        "**Reward** is the share of right training answers. **Entropy** is how undecided the model is at each word: "
        + "towards zero it always says the same. **Gradient norm** shows how hard each step pulls, **length** how much is "
        + "written. **KL** is the distance from the warm start, where it is measured. **Top weight** is how much of a "
        + "soft token its heaviest word takes: at 1 the thought is a plain word.";

    public const string SamplesReading =
        "Each box is one step. A box with several rows is a soft token: its words, heaviest first, shaded by how much "
        + "they weigh. A box with one word and no number is plain text.";

    public static IReadOnlyList<string> Advantage { get; } =
    [
        "The advantage decides how much each answer counts. With `--advantage group` an answer counts by how far its "
        + "reward lies above its group’s mean, divided by the group’s spread: the objective is pass@1, and problems that "
        + "are nearly solved are pushed as hard as others.",
        "With `--advantage pass@2` the objective is the chance that one of two answers is right. A group of n answers "
        + "with c right ones gets (reward − mean) · (n − 1 − c) / (n − 1): the more of a group is right already, the less "
        + "it pulls, down to nothing when one or none is wrong. The model is left undecided where it is already good "
        + "enough.",
    ];
}
