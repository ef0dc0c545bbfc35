using System.Diagnostics;
using static TorchSharp.torch;

namespace MAFlow.Torch.Training;

/// <summary>What trainings by different losses have in common: optimiser steps, the clock, returns to the last good state, checkpoints.</summary>
internal sealed class TrainingSession : IDisposable
{
    private readonly TrainingSettings _settings;
    private readonly DivergenceGuard _guard;
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private readonly double _elapsedBefore;
    private SafetensorsFile? _lastGood;

    /// <summary>Begins, from the checkpoint if there is one.</summary>
    /// <param name="state">Disposed with the session.</param>
    /// <param name="settings">Shared options.</param>
    /// <param name="dimension">Number of coordinates N.</param>
    /// <exception cref="FormatException">The checkpoint is damaged or belongs to another training.</exception>
    public TrainingSession(TrainingState state, TrainingSettings settings, long dimension)
    {
        (State, _settings, _guard) = (state, settings, new DivergenceGuard(dimension));
        if (settings.CheckpointPath is { } leftover)
        {
            AtomicFile.DeleteLeftovers(leftover);
        }

        if (settings.CheckpointPath is { } path && File.Exists(path))
        {
            try
            {
                using var file = SafetensorsFile.Load(path);
                State.Resume(file);
                GuardFromCounters();
            }
            catch
            {
                state.Dispose();
                throw;
            }

            _elapsedBefore = state.Counters.ElapsedSeconds;
            IsResumed = true;
        }
    }

    /// <summary>Whether a checkpoint was found.</summary>
    public bool IsResumed { get; }

    /// <summary>What is trained.</summary>
    public TrainingState State { get; }

    /// <summary>Seconds spent, earlier parts of a resumed training included.</summary>
    public double Elapsed => _elapsedBefore + _watch.Elapsed.TotalSeconds;

    /// <summary>Whether the time limit was reached.</summary>
    public bool TimeIsUp => _settings.TimeLimit is { } limit && Elapsed >= limit.TotalSeconds;

    /// <summary>Progress from 0 to 1: of the steps or of the time, whichever ends first.</summary>
    public double Progress(long totalSteps) => Math.Max((double)State.Adam.Steps / totalSteps, _settings.TimeLimit is { } limit ? Elapsed / limit.TotalSeconds : 0);

    /// <summary>Learning rate at a progress.</summary>
    public double Rate(double progress) => _settings.Optimizer.LearningRate * State.Counters.RateFactor * _settings.Schedule.Factor(progress);

    /// <summary>Takes one optimiser step along the gradient of a loss, unless it is not finite.</summary>
    /// <returns>The loss, and the norm of its gradient before clipping.</returns>
    public (double Loss, double GradientNorm) Descend(Tensor loss, double rate) => Descend([() => (loss, loss)], rate);

    /// <summary>Takes one optimiser step along the sum of the gradients of several losses, each made and differentiated before the next, unless it is not finite.</summary>
    /// <param name="parts">What is differentiated, and the value it stands for; both are summed.</param>
    /// <param name="rate">Learning rate.</param>
    /// <returns>The sum of the values, and the norm of the gradient before clipping.</returns>
    public (double Loss, double GradientNorm) Descend(IEnumerable<Func<(Tensor Loss, Tensor Value)>> parts, double rate)
    {
        ClearGradients();
        var value = 0.0;
        foreach (var part in parts)
        {
            using var scope = NewDisposeScope();
            var (loss, stated) = part();
            loss.backward();
            value += stated.to(float64).item<double>();
        }

        var norm = Math.Sqrt(State.Parameters.Sum(parameter => parameter.grad is { } gradient ? gradient.Square().sum().to(float64).item<double>() : 0));
        if (double.IsFinite(value) && double.IsFinite(norm))
        {
            State.Adam.Step(rate, Math.Min(1, _settings.MaxGradientNorm / norm));
            State.Average.Update(State.Adam.Steps);
        }

        ClearGradients();
        return (value, norm);
    }

    /// <summary>A sentence on what is wrong with a step, or null.</summary>
    public string? Trouble(double loss, double norm) => _guard.Check(loss, norm);

    /// <summary>Forgets the losses so far: the next ones are measured differently.</summary>
    public void RestartGuard() => (_guard.Smoothed, _guard.Best) = (double.NaN, double.PositiveInfinity);

    /// <summary>Keeps the current state as the one to return to.</summary>
    public void MarkGood()
    {
        _lastGood?.Dispose();
        _lastGood = Captured();
    }

    /// <summary>Goes back to the last good state with half the rate.</summary>
    /// <returns>False when that happened once too often.</returns>
    public bool Recover(string trouble)
    {
        var (factor, remarks) = (State.Counters.RateFactor / 2, State.Counters.Remarks);
        ReturnTo(_lastGood!);
        remarks = [.. remarks, FormattableString.Invariant($"{trouble}; returned to step {State.Adam.Steps} with {factor:G3} of the learning rate.")];
        State.Counters = State.Counters with { RateFactor = factor, Remarks = remarks };
        return remarks.Count <= _settings.MaxRecoveries;
    }

    /// <summary>Writes a checkpoint if there is a path.</summary>
    public void WriteCheckpoint()
    {
        if (_settings.CheckpointPath is { } path)
        {
            using var capture = Captured();
            capture.Save(path);
        }
    }

    /// <summary>Removes the checkpoint of a training that has ended.</summary>
    public void DeleteCheckpoint()
    {
        if (_settings.CheckpointPath is { } path)
        {
            File.Delete(path);
        }
    }

    public void Dispose()
    {
        State.Dispose();
        _lastGood?.Dispose();
    }

    private void ClearGradients()
    {
        foreach (var parameter in State.Parameters)
        {
            parameter.grad = null;
        }
    }

    private void ReturnTo(SafetensorsFile capture)
    {
        State.Restore(capture);
        GuardFromCounters();
    }

    private void GuardFromCounters() =>
        (_guard.Smoothed, _guard.Best) = (State.Counters.SmoothedLoss, State.Counters.BestSmoothedLoss);

    private SafetensorsFile Captured()
    {
        State.Counters = State.Counters with { SmoothedLoss = _guard.Smoothed, BestSmoothedLoss = _guard.Best, ElapsedSeconds = Elapsed };
        return State.Capture();
    }
}
