using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace MAFlow.Torch.Training;

/// <summary>How a training begins, from its first step or from its checkpoint: in one state on all processes, which is that of process
/// 0.</summary>
/// <param name="task">What is trained on.</param>
/// <param name="options">Options.</param>
/// <param name="state">Brought to where training begins.</param>
internal sealed class TrainingStart(TrainingTask task, TrainerOptions options, TrainingState state)
{
    // Machines of different kinds may fit the others slightly differently.
    private static readonly string[] _equalParts = ["flow", "parameters", "objective", "options", "data"];

    /// <summary>Begins, from the checkpoint if there is one.</summary>
    /// <returns>What makes two trainings the same, as text; empty where there is no checkpoint.</returns>
    /// <exception cref="FormatException">The checkpoint is damaged or belongs to another training.</exception>
    /// <exception cref="InvalidOperationException">The processes were given different trainings.</exception>
    public string Begin()
    {
        var (agreement, identity) = (task.Agreement, (TrainingIdentity?)null);
        agreement.Together(_ =>
        {
            identity = options.CheckpointPath is null && !agreement.IsShared ? null : task.Identity();
        });
        RequireEqual(identity);
        agreement.Together(_ =>
        {
            if (agreement.IsFirst && !Resume(identity))
            {
                Start();
            }
        });
        if (agreement.IsShared)
        {
            state.TakeOfFirst(agreement.Collective);
        }

        if (state.Counters.Precision is { } precision)
        {
            task.Choose(precision);
        }

        return options.CheckpointPath is null ? "" : identity?.Encode() ?? "";
    }

    private bool Resume(TrainingIdentity? identity)
    {
        if (options.CheckpointPath is not { } path)
        {
            return false;
        }

        AtomicFile.DeleteLeftovers(path);
        if (!File.Exists(path))
        {
            return false;
        }

        using var file = SafetensorsFile.Load(path);
        state.Resume(file, identity, task.Depth, options.MaxDepth);
        return true;
    }

    private void Start()
    {
        var flow = task.FlowOptions;
        state.Counters = state.Counters with
        {
            AskedDepth = task.Depth,
            Depth = task.Depth,
            Precision = flow.IsPrecisionChosen ? flow.Precision : null,
        };
        state.Counters = task.Remark is { } remark ? state.Counters.Remarking($"Step 0: {remark}") : state.Counters;
        state.Batches?.Shuffle(state.Generator);
    }

    /// <summary>Compares 48 bits of a digest, which a number tells exactly.</summary>
    private void RequireEqual(TrainingIdentity? identity)
    {
        if (identity is null || !task.Agreement.IsShared)
        {
            return;
        }

        var collective = task.Agreement.Collective;
        var differing = _equalParts.Where(part =>
        {
            var digest = SHA256.HashData(Encoding.UTF8.GetBytes(identity.Parts.GetValueOrDefault(part, "")));
            var number = (double)(BinaryPrimitives.ReadUInt64LittleEndian(digest) >> 16);
            return collective.Any(number != collective.OfFirst(number));
        }).ToList();
        if (differing.Count > 0)
        {
            throw new InvalidOperationException(
                $"Expected the same training on all {collective.Size} processes, got another {string.Join(", another ", differing)} on "
                + "some. Give each the same data, options and seed; every process takes its own part of each batch.");
        }
    }
}
