using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MAFlow.Torch.Training;

/// <summary>What distinguishes trainings by what they learn from: their batches, their rounds, and what is measured at a round's
/// end.</summary>
/// <param name="agreement">Of the processes that train together.</param>
internal abstract class TrainingTask(Agreement agreement)
{
    /// <summary>What the processes decide together.</summary>
    public Agreement Agreement => agreement;

    /// <summary>The processes that train together.</summary>
    protected ICollective Collective => agreement.Collective;

    /// <summary>Whose parameters are trained, for messages.</summary>
    public abstract string Owner { get; }

    /// <summary>Number of coordinates N.</summary>
    public abstract long Dimension { get; }

    /// <summary>What is trained.</summary>
    public abstract IReadOnlyList<(string Name, Parameter Parameter)> Parameters { get; }

    /// <summary>Depth that a solve takes before training.</summary>
    public abstract int Depth { get; }

    /// <summary>Rounds of a training that runs to its end.</summary>
    public abstract int Rounds { get; }

    /// <summary>Steps of a training that runs to its end.</summary>
    public abstract long Steps { get; }

    /// <summary>Seconds between reports inside a round.</summary>
    public abstract double ReportInterval { get; }

    /// <summary>Whether the weights of the best round are kept, instead of the last averaged ones.</summary>
    public abstract bool KeepsBest { get; }

    /// <summary>Makes the shuffled rows, or null where samples are drawn.</summary>
    public abstract Minibatches? MakeBatches();

    /// <summary>Finds better weights to begin with, if there is a way to.</summary>
    /// <param name="state">Before the first step; its weights and averages are changed.</param>
    /// <param name="time">Share of the time that is gone.</param>
    /// <param name="report">Told the loss so far from time to time.</param>
    /// <returns>The counters after it.</returns>
    /// <exception cref="OperationCanceledException">Cancellation was asked for; the weights are as before.</exception>
    public virtual TrainingCounters Begin(TrainingState state, Func<double> time, Action<double> report) => state.Counters;

    /// <summary>Everything that determines how training goes on.</summary>
    public abstract TrainingIdentity Identity();

    /// <summary>Whether an energy is annealed along the progress of training.</summary>
    public abstract bool IsAnnealed { get; }

    /// <summary>Steps of the current round.</summary>
    /// <param name="counters">Place in the training.</param>
    /// <param name="end">Number of the last step, at most <see cref="Steps"/>.</param>
    public abstract long RoundLength(TrainingCounters counters, long end);

    /// <summary>Whether nothing better is to be expected.</summary>
    public abstract bool HasStalled(TrainingCounters counters);

    /// <summary>Factor β on an energy.</summary>
    /// <param name="progress">Progress of training, from 0 to 1.</param>
    public abstract double InverseTemperature(double progress);

    /// <summary>Points of one optimiser step, on all processes.</summary>
    public abstract long RowsPerStep { get; }

    /// <summary>The batches of one optimiser step, each made and differentiated before the next; their tensors belong to the scope of the
    /// caller.</summary>
    /// <param name="state">Place in the training.</param>
    /// <param name="inverseTemperature">β.</param>
    public abstract IEnumerable<TrainingBatch> Batches(TrainingState state, double inverseTemperature);

    /// <summary>Checks the depth and measures, under the averaged weights, which stand in the parameters.</summary>
    /// <returns>The counters after the round; the state itself is not changed, so that a cancellation leaves it as it was.</returns>
    /// <exception cref="OperationCanceledException">Cancellation was asked for.</exception>
    public abstract TrainingCounters Measure(TrainingState state, double rate);

    /// <summary>Checks the depth and measures once more, under the weights that are kept, which stand in the parameters.</summary>
    /// <returns>The counters with an outcome.</returns>
    /// <exception cref="OperationCanceledException">Cancellation was asked for.</exception>
    public abstract TrainingCounters Finish(TrainingState state, StopReason reason);

    /// <summary>Options of the flow.</summary>
    public abstract MongeAmpereFlowOptions FlowOptions { get; }

    /// <summary>What there is to say about the flow before training, or null.</summary>
    public abstract string? Remark { get; }

    /// <summary>Goes on with a precision that was chosen before.</summary>
    public abstract void Choose(Precision precision);

    /// <summary>Leaves what was trained at a depth.</summary>
    public abstract void Refine(int depth);

    /// <summary>Does this process's part of a measurement.</summary>
    /// <exception cref="OperationCanceledException">Cancellation was asked for.</exception>
    /// <param name="work">This process's part.</param>
    /// <param name="told">What it fills in its part of, filled in for all afterwards.</param>
    protected void Together(Action<CancellationToken> work, Tensor told) => agreement.Together(work, told);

    /// <summary>A flow for this process's share of a batch: what is random in it is as for the whole batch.</summary>
    /// <param name="flow">The flow.</param>
    /// <param name="rows">Points of the whole batch.</param>
    protected MongeAmpereFlow OfShare(MongeAmpereFlow flow, long rows) => agreement.IsShared
        ? flow.With(flow.Options with { Laplacian = new CutLaplacian(flow.Options.Laplacian, Collective.Share(rows).First, rows) })
        : flow;
}
