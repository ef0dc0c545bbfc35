using System.Globalization;

namespace MAFlow.Torch.Training;

/// <summary>The states that a training returns to when its loss explodes: the last good one, and the one before.</summary>
/// <remarks>The step that ends a round may itself be the bad one, and its loss is not known yet: hence two.</remarks>
internal sealed class GoodStates(TrainingState state) : IDisposable
{
    private const int Kept = 2;
    private const int MostFailures = 2;
    private readonly List<SafetensorsFile> _states = [];
    private int _failures;

    /// <summary>Keeps the current state, unless its loss is about to explode.</summary>
    public void Mark()
    {
        if (_states.Count > 0 && !state.Guard.IsSound)
        {
            return;
        }

        _states.Add(state.Capture());
        _failures = 0;
        if (_states.Count > Kept)
        {
            Forget(0);
        }
    }

    /// <summary>Goes back to the last good state with half the rate; to the one before, where no rate has helped.</summary>
    /// <param name="trouble">What went wrong.</param>
    public void Recover(string trouble)
    {
        // What has been told or set by the clock stays so.
        var (factor, recoveries, remarks) = (state.Counters.RateFactor / 2, state.Counters.Recoveries + 1, state.Counters.Remarks);
        var end = state.Counters.End;
        if (++_failures > MostFailures && _states.Count > 1)
        {
            Forget(_states.Count - 1);
            _failures = 1;
        }

        state.Return(_states[^1]);
        state.Counters = (state.Counters with { RateFactor = factor, Recoveries = recoveries, Remarks = remarks, End = end })
            .Remarking(string.Create(
                CultureInfo.InvariantCulture,
                $"{trouble}; returned to step {state.Adam.Steps} with {factor:G3} of the learning rate."));
    }

    public void Dispose() => _states.ForEach(kept => kept.Dispose());

    private void Forget(int index)
    {
        _states[index].Dispose();
        _states.RemoveAt(index);
    }
}
