using System.Globalization;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MAFlow.Torch.Training;

/// <summary>Training towards an energy: latent codes, annealing, gradients accumulated over batches, measurements of the free
/// energy.</summary>
/// <param name="flow">What is trained.</param>
/// <param name="energy">Target.</param>
/// <param name="options">Options.</param>
/// <param name="agreement">Of the processes that train together.</param>
internal sealed class VariationalTask(MongeAmpereFlow flow, Energy energy, VariationalTrainerOptions options, Agreement agreement)
    : TrainingTask(agreement)
{
    private readonly Objective _objective = options.Objective ?? Objective.FreeEnergy(energy);
    private readonly FreeEnergyMeter _meter = new(flow, energy, options, agreement);

    public override string Owner => flow.Potential.GetType().Name;

    public override long Dimension => flow.Dimension;

    public override IReadOnlyList<(string Name, Parameter Parameter)> Parameters { get; } = flow.NamedParameters();

    public override int Depth { get; } = flow.Depth;

    public override int Rounds => (int)(((long)options.Steps + options.MeasureEverySteps - 1) / options.MeasureEverySteps);

    public override long Steps => options.Steps;

    public override double ReportInterval => 0;

    public override bool KeepsBest => false;

    public override Minibatches? MakeBatches() => null;

    public override TrainingIdentity Identity() => new(
        new Dictionary<string, string>(IdentityText.Of(flow))
        {
            ["objective"] = _objective.Identity,
            ["options"] = IdentityText.Of(
                options,
                string.Create(CultureInfo.InvariantCulture, $"{options.AccumulateBatches} accumulated, annealed for "
                    + $"{options.AnnealingFraction:R} from {options.InitialInverseTemperature:R}, measured every "
                    + $"{options.MeasureEverySteps} steps, depth tolerances {options.DepthTolerance:R} and "
                    + $"{options.DepthTolerancePerCoordinate:R}")),
        },
        IdentityText.Fingerprints([energy, .. _objective.Energies]));

    public override bool IsAnnealed => options.AnnealingFraction > 0;

    public override long RoundLength(TrainingCounters counters, long end) =>
        Math.Min(options.MeasureEverySteps, end - counters.RoundStart);

    public override bool HasStalled(TrainingCounters counters) => false;

    public override double InverseTemperature(double progress) => options.InverseTemperature(progress);

    public override long RowsPerStep => (long)options.BatchSize * options.AccumulateBatches;

    public override IEnumerable<TrainingBatch> Batches(TrainingState state, double inverseTemperature)
    {
        var (dtype, device) = flow.Placement();
        // Drawn at once, and on every process, so that many small batches see the samples of one large batch.
        var latents = StandardNormal.Sample(RowsPerStep, flow.Dimension, state.Generator, dtype, device);
        var (seed, at) = (Seeds.Next(state.Generator), OfShare(flow.At(state.Counters.Depth), options.BatchSize));
        var (first, own) = Collective.Share(options.BatchSize);
        foreach (var batch in latents.split(options.BatchSize))
        {
            yield return new(
                _objective,
                new(at, batch.narrow(0, first, own), isData: false, inverseTemperature, seed++, _objective.NeedsKineticEnergy),
                Offset: 0,
                1.0 / options.AccumulateBatches,
                options.BatchSize);
        }
    }

    public override TrainingCounters Measure(TrainingState state, double rate)
    {
        // A generator of its own, so that what is measured does not change what is trained.
        using var generator = new Generator(options.Seed ^ ((ulong)state.Adam.Steps << 20));
        var measured = _meter.Measure(options.MeasureSamples, state.Counters.Depth, generator);
        var counters = Refined(state, measured);
        var round = counters.Round + 1;
        var loss = counters.RoundLoss / counters.Position;
        var record = new TrainingRecord(round, state.Adam.Steps, loss, null, null, measured, rate, state.Elapsed);
        counters = counters with
        {
            Round = round,
            RoundStart = state.Adam.Steps,
            BestRound = round,
            History = [.. counters.History, record],
        };
        return measured.IsConverged || counters.LimitedDepth == counters.Depth
            ? counters
            : Limited(counters, state, measured) with { LimitedDepth = counters.Depth };
    }

    public override TrainingCounters Finish(TrainingState state, StopReason reason)
    {
        // Other samples than any that were trained on or that chose the depth.
        using var generator = new Generator(options.Seed ^ 0x66696E616CUL);
        var final = _meter.Measure(options.FinalSamples, state.Counters.Depth, generator);
        var counters = Refined(state, final);
        if (!final.IsConverged)
        {
            counters = Limited(counters, state, final);
        }

        return counters with { Outcome = new(reason, null, final.IsConverged ? final : null, final.DepthCheck, final.IsConverged) };
    }

    public override MongeAmpereFlowOptions FlowOptions => flow.Options;

    public override string? Remark => flow.Options.PrecisionRemark(flow.Potential);

    public override void Choose(Precision precision) => flow.Choose(precision);

    public override void Refine(int depth) => flow.Refine(depth);

    private static TrainingCounters Refined(TrainingState state, FreeEnergyMeasurement measured) => measured.Depth == state.Counters.Depth
        ? state.Counters
        : (state.Counters with { Depth = measured.Depth }).Remarking(string.Create(
            CultureInfo.InvariantCulture,
            $"Step {state.Adam.Steps}: depth {state.Counters.Depth} had not converged; refined to {measured.Depth}, where the check "
            + $"is {measured.DepthCheckPerCoordinate:G2} nats per coordinate."));

    private TrainingCounters Limited(TrainingCounters counters, TrainingState state, FreeEnergyMeasurement measured) =>
        double.IsFinite(measured.DepthCheck)
        ? counters.Remarking(string.Create(
            CultureInfo.InvariantCulture,
            $"Step {state.Adam.Steps}: at depth {measured.Depth} twice as many steps change F by {measured.DepthCheck:G3} nats "
            + $"({measured.DepthCheckPerCoordinate:G2} per coordinate), more than the tolerances allow, and MaxDepth is "
            + $"{options.MaxDepth}; F is no bound. Raise MaxDepth, or lower the learning rate."))
        : counters.Remarking(string.Create(
            CultureInfo.InvariantCulture,
            $"Step {state.Adam.Steps}: F at depths {measured.Depth} and {2 * measured.Depth} is {measured.FreeEnergy}; it could not "
            + $"be measured. Lower the learning rate, or keep the energy finite."));
}
