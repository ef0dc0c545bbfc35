namespace MAFlow.Torch.Training;

/// <summary>How a density is trained on data.</summary>
public sealed record DensityTrainerOptions : TrainerOptions
{
    /// <summary>Creates the default options.</summary>
    public DensityTrainerOptions() => (BatchSize, LearningRate, AverageDecay) = (128, 4e-3, 0.998);

    /// <summary>What is minimised. Validation rows are judged by their likelihood, also with another objective.</summary>
    /// <value>Default: <see cref="Objective.MaximumLikelihood"/>.</value>
    public Objective Objective = Objective.MaximumLikelihood;

    /// <summary>Largest number of passes over the training rows.</summary>
    /// <value>At least 1; default 100.</value>
    public int MaxEpochs = 100;

    /// <summary>Share of the rows held out for validation when no validation rows are given.</summary>
    /// <value>From 0 (none: no early stopping) to 0.5; default 0.1.</value>
    public double ValidationFraction = 0.1;

    /// <summary>Epochs without a better validation likelihood after which training stops; null never stops early.</summary>
    /// <value>At least 1; default 15.</value>
    public int? Patience = 15;

    /// <summary>Largest difference between the mean NLL at depth d and at 2d, on held-out rows at each epoch's end; beyond it d is
    /// doubled. Null never refines.</summary>
    /// <remarks>Long trainings exploit a coarse integration: the NLL at the training's own depth may then be far below that of the
    /// density.</remarks>
    /// <value>Positive, in nats per row; default 0.01.</value>
    public double? DepthTolerance = 0.01;

    /// <summary>Whether training begins with a start without simulation: for fixed units the velocity that carries the standard normal to
    /// the data along x = cos θ x₀ + sin θ x₁ is linear in the amplitudes, M a = c. It takes about a second.</summary>
    /// <remarks>M = (F'ᵀF'/B) ∘ (W Wᵀ), c_j = mean f'(y_j) w_j·dx/dθ; units are chosen among several times as many, and replace the initial
    /// ones. See docs/theory.md. <see cref="TrainingReport.Start"/> says what it did. A resumed training does not repeat it.</remarks>
    /// <value>Default: <see cref="StartMode.Auto"/>.</value>
    public StartMode Start = StartMode.Auto;

    /// <summary>Numbers and shares of the start.</summary>
    internal MatchingOptions Matching = new();

    /// <inheritdoc/>
    internal override void Validate()
    {
        base.Validate();
        ArgumentNullException.ThrowIfNull(Objective);
        TensorChecks.RequireAtLeast(BatchSize, 1);
        if (!Enum.IsDefined(Start))
        {
            throw new ArgumentOutOfRangeException(nameof(Start), Start, $"Expected a {nameof(StartMode)}, got {Start}.");
        }

        TensorChecks.RequireAtLeast(MaxEpochs, 1);
        TensorChecks.RequireOption(ValidationFraction, 0, 0.5);
        TensorChecks.RequireAtLeast(Patience ?? 1, 1, nameof(Patience));
        TensorChecks.RequireAtLeast(DepthTolerance ?? 1, double.Epsilon, nameof(DepthTolerance));
    }
}
