namespace MAFlow.Torch.Objectives;

/// <summary>What a training minimises: what is differentiated, what is reported, and what it is called.</summary>
/// <remarks>
/// Derive from it for an objective of your own: state <see cref="Identity"/> and <see cref="Evaluate"/>. Objectives are added with
/// <see cref="Plus"/>, and a sum makes one solve of each batch:
/// <c>Objective.MaximumLikelihood.Plus(Objective.KineticEnergy(0.1))</c>.
/// </remarks>
public abstract class Objective
{
    /// <summary>The mean of -ln p(x) over data, in nats.</summary>
    /// <value>For DensityTrainer. Zhang, E, Wang (2018), equation 6.</value>
    public static Objective MaximumLikelihood { get; } = new MaximumLikelihood();

    /// <summary>Largest share of rows that can be left out: more would be the majority.</summary>
    internal const double MaxTrimmedShare = 0.5;

    /// <summary>A name that states everything that determines the objective, weights included: a checkpoint of another one is
    /// refused.</summary>
    public abstract string Identity { get; }

    /// <summary>Whether the solve of a batch is to bring its kinetic energy.</summary>
    internal virtual bool NeedsKineticEnergy => false;

    /// <summary>Whether what is reported are densities, which the preprocessing changes by its ln |det|.</summary>
    internal virtual bool ReportsLikelihood => true;

    /// <summary>Whether it is a likelihood of rows and nothing else.</summary>
    internal virtual bool IsLikelihood => false;

    /// <summary>Share of the rows that it leaves out as the least likely; measurements on rows leave out as many.</summary>
    internal virtual double TrimmedShare => 0;

    /// <summary>Energies that determine the objective beyond its name.</summary>
    internal virtual IEnumerable<Energy> Energies => [];

    /// <summary>The mean of -ln p(x) over the rows of each batch without the least likely ones, in nats: for data of which some rows are
    /// not to be learnt.</summary>
    /// <param name="share">Share of the rows that is left out, from 0 to 0.5. Validation rows are judged without as many.</param>
    /// <returns>An objective for DensityTrainer. The trimmed likelihood of Neykov, Neytchev (1990).</returns>
    /// <exception cref="ArgumentOutOfRangeException">The share is out of range.</exception>
    public static Objective TrimmedLikelihood(double share) => new TrimmedLikelihood(share);

    /// <summary>The variational free energy F = E[ln p(x) + βE(x)] ≥ -ln Z over samples of the flow, in nats.</summary>
    /// <param name="energy">E.</param>
    /// <param name="pathGradient">Whether it is differentiated through the samples alone, without ∂ ln p/∂θ at fixed x: the same mean, a
    /// spread that vanishes as the flow approaches the target. Default: through the samples and ln p.</param>
    /// <returns>An objective for VariationalTrainer. Zhang, E, Wang (2018), equation 7.</returns>
    public static Objective FreeEnergy(Energy energy, bool pathGradient = false) => new FreeEnergy(energy, pathGradient);

    /// <summary>(1 - s) KL(p | p*) + s KL(p* | p) of the flow p and the target p* ∝ e^{-βE}, over samples of the flow: for importance
    /// weights that are to be trusted, since the second part asks the flow to cover all that the target has.</summary>
    /// <param name="energy">E.</param>
    /// <param name="forwardShare">s, from 0, which is F by its path gradient, to 1; default 0.75. Weights p*/p of the samples take the
    /// place of samples of p*. They are tempered until at least half of a batch counts, and F leads as long as they are, so training may
    /// begin far from the target; it does not find what no sample of the flow comes near.</param>
    /// <returns>An objective for VariationalTrainer, which reports F. A batch on several processes is weighed by each process for
    /// itself. Vaitl, Nicoli, Nakajima, Kessel (2022).</returns>
    /// <exception cref="ArgumentOutOfRangeException">The share is out of range.</exception>
    public static Objective JeffreysDivergence(Energy energy, double forwardShare = 0.75) => new JeffreysDivergence(energy, forwardShare);

    /// <summary>w E|∇ ln p(x) + β∇E(x)|² over samples of the flow: zero only where the flow is the target.</summary>
    /// <param name="energy">E.</param>
    /// <param name="weight">w, positive.</param>
    /// <returns>An objective for VariationalTrainer. It needs second derivatives of potential and energy, so that a step costs many times
    /// as much.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The weight is not positive.</exception>
    public static Objective ForceMatching(Energy energy, double weight = 1) => new ForceMatching(energy, weight);

    /// <summary>w E ∫₀ᵀ |∇φ(x(t), t)|² dt: among the flows with the same ends it prefers the shortest paths.</summary>
    /// <param name="weight">w, positive.</param>
    /// <returns>An objective for either trainer. T times the integral bounds W₂² from above. Benamou, Brenier (2000).</returns>
    /// <exception cref="ArgumentOutOfRangeException">The weight is not positive.</exception>
    public static Objective KineticEnergy(double weight = 1) => new KineticEnergy(weight);

    /// <summary>w E ∫₀ᵀ |D∇φ/Dt|² dt with D∇φ/Dt = ∂ₜ∇φ + (∇∇φ)∇φ = ∇(∂ₜφ + ½|∇φ|²), the acceleration of the points: zero where φ obeys the
    /// Hamilton-Jacobi equation, as it does under optimal transport, and every point moves on a straight line at constant speed.</summary>
    /// <param name="weight">w, positive. T³ times the integral is an area, as T times the kinetic energy is.</param>
    /// <returns>An objective for either trainer, to be added to another. It is made for potentials that change smoothly with time, as a
    /// TimeRidgePotential does: velocities may jump at breaks without a price. It is a solve of its own, without a closed reverse pass, so
    /// that a step takes about six times as long.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The weight is not positive.</exception>
    public static Objective HamiltonJacobiResidual(double weight = 1) => new HamiltonJacobiResidual(weight);

    /// <summary>S = OT(a, b) - ½ OT(a, a) - ½ OT(b, b) between as many samples of the flow and rows of data as a batch has, where
    /// OT(a, b) = min over plans P of Σ Pᵢⱼ |xᵢ - yⱼ|² + ε KL(P | a ⊗ b), in the coordinates of the flow.</summary>
    /// <param name="epsilon">ε, positive, in units of |x - y|². S goes from W₂² (ε → 0) to the squared distance of the means (ε → ∞); where
    /// ε is low, from ten features on, it is about the noise of the batch. Typical: half the mean of |x - y|², which is N behind
    /// whitening.</param>
    /// <returns>An objective for DensityTrainer, alone or added to the likelihood; it needs no density, so the flow may be far off. Time
    /// and memory grow with the square of the batch. Training ends with an InvalidOperationException where the iteration for P does not
    /// converge. Feydy et al. (2019).</returns>
    /// <exception cref="ArgumentOutOfRangeException">ε is not positive.</exception>
    public static Objective SinkhornDivergence(double epsilon) => new SinkhornDivergence(epsilon);

    /// <summary>The objective of one batch.</summary>
    /// <param name="batch">Points, and their solve.</param>
    /// <returns>What is differentiated: a scalar with a gradient; and what is reported: one number per point in nats, shape [B], whose
    /// mean training states.</returns>
    public abstract ObjectiveValue Evaluate(ObjectiveBatch batch);

    /// <summary>This objective plus another one; the sum reports what this one reports.</summary>
    /// <param name="other">What is added to what is differentiated.</param>
    public Objective Plus(Objective other) => new SumObjective(this, other);

    /// <summary>This objective times a number.</summary>
    /// <param name="factor">Finite and positive.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is not positive.</exception>
    public Objective Times(double factor) => new ScaledObjective(this, factor);

    /// <summary>The objective of one batch, what is reported detached.</summary>
    /// <exception cref="ArgumentNullException">One of the tensors is missing.</exception>
    internal ObjectiveValue Detached(ObjectiveBatch batch)
    {
        var (loss, values) = Evaluate(batch);
        ArgumentNullException.ThrowIfNull(loss);
        ArgumentNullException.ThrowIfNull(values);
        return (loss, values.requires_grad ? values.detach() : values);
    }

    /// <summary>The value of a batch, after a check of what a user's objective returned.</summary>
    /// <exception cref="InvalidOperationException">The loss is no scalar or has no gradient, or there is not one reported number per
    /// point.</exception>
    internal ObjectiveValue Checked(ObjectiveBatch batch)
    {
        var value = Detached(batch);
        if (value.Loss.numel() != 1 || !value.Loss.requires_grad)
        {
            throw new InvalidOperationException(
                $"Expected a loss of one number with a gradient from '{Identity}', got shape {TensorChecks.Format(value.Loss.shape)}"
                + $"{(value.Loss.requires_grad ? "" : " without a gradient")}; take the mean over the batch, without detach, item "
                + $"or data.");
        }

        return value.Values.dim() == 1 && value.Values.shape[0] == batch.Points.shape[0]
            ? value
            : throw new InvalidOperationException(
                $"Expected reported values of shape [{batch.Points.shape[0]}] from '{Identity}', one per point, got "
                + $"{TensorChecks.Format(value.Values.shape)}.");
    }
}
