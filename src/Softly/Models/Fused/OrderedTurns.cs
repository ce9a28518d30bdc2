namespace Softly.Models;

/// <summary>
/// Things that pieces of work add to in the pieces' order, whichever worker has them, so that sums are the same for any number of
/// workers. Pieces must be handed out in order: the lowest one under way then never waits.
/// </summary>
/// <param name="things">How many things.</param>
internal sealed class OrderedTurns(int things)
{
    private readonly int[] _turns = new int[things];
    private volatile bool _failed;

    /// <summary>Waits until all pieces before this one have added to a thing.</summary>
    /// <exception cref="OperationCanceledException">Another worker failed.</exception>
    public void Await(int thing, int piece)
    {
        var wait = default(SpinWait);
        while (Volatile.Read(ref _turns[thing]) != piece)
        {
            if (_failed) throw new OperationCanceledException("another worker of the backward pass failed");
            wait.SpinOnce(sleep1Threshold: -1);
        }
    }

    /// <summary>Gives a thing to the next piece.</summary>
    public void Pass(int thing) => Volatile.Write(ref _turns[thing], _turns[thing] + 1);

    /// <summary>Ends all waiting.</summary>
    public void Fail() => _failed = true;
}
