using MAFlow.Torch;
using static TorchSharp.torch;

namespace IsingFreeEnergy;

/// <summary>Keeps what the flow draws at some stages of training, always from the same latent codes.</summary>
public sealed class Stages(StageFiles files, MongeAmpereFlow flow, IsingEnergy energy, Settings settings, IProgress<VariationalProgress> next) : IProgress<VariationalProgress>
{
    /// <summary>Shares of the training time; the first stage is the untrained flow, the last the trained one.</summary>
    private static readonly double[] Shares = [0, 0.03, 0.25, 1];

    public void Report(VariationalProgress value)
    {
        ArgumentNullException.ThrowIfNull(value);
        next.Report(value);
        for (var stage = 1; value.IsMeasurement && stage < StageFiles.Stages - 1; stage++)
        {
            if (value.Elapsed / settings.TrainingTime >= Shares[stage])
            {
                Keep(stage, value.Step, value.Depth);
            }
        }
    }

    public void KeepFirst() => Keep(0, 0, settings.Depth);

    public void KeepLast(long step, int depth) => Keep(StageFiles.Stages - 1, step, depth);

    private void Keep(int stage, long step, int depth)
    {
        // A resumed training has the early ones already.
        if (files.Has(stage))
        {
            return;
        }

        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var generator = new Generator((ulong)settings.Seed + 2);
        var spins = energy.SampleSpins(flow.Sample(StageFiles.Count, generator, depth).X, generator).to(float32).cpu().data<float>().ToArray();
        files.Write(stage, new(step, [.. spins.Chunk(energy.Lattice!.Sites).Select(row => string.Concat(row.Select(spin => spin > 0 ? '+' : '-')))]));
    }
}
