# The gut-skin axis: from the gut community to the skin, and back.
#
# How to read it.  Every state is relative to a typical adult (= 1) unless its sentence
# says otherwise.  Names of parameters tell what they are:
#   r_X tau_X     a rate [1/d] or a time constant [d] of state X
#   k_X_y         how steeply y enters the equation of X: a factor 1 + k*(y - typical)
#   n_X_y         the exponent with which y enters the equation of X
#   X_ref         value of X in the typical adult; deviations are counted from it
#   gain_lever    personal: scales the lever's whole chain; 0 = no effect, 1 = the
#                 prototype this model was first written as
#   risk_*        personal: how prone this skin is to the condition
# Sources are keys of refs.bib.  `cite assumed` means: set by hand so that the targets
# in docs/notes/axis-targets.md come out.  Parameters of *contested* links keep the
# prototype's value but have priors centred near zero: their sentence says so.
# docs/notes/axis-against-prototype.md lists every choice made where the sources differ.

model gut_skin_axis "from the gut community to the skin, and back"
time d

# --------------------------------------------------------------------------------------
# Levers: what a person does or meets, constant within a day
# --------------------------------------------------------------------------------------

lever fibre [g/d] range 0..100 habit 18 sd 6
      "dietary fibre eaten, without added prebiotics" cite mcgill2015
lever prebiotic [g/d] range 0..40 habit 0 sd 2
      "added prebiotic fibre: inulin, fructo- or galacto-oligosaccharides" cite so2018
lever sugar [g/d] range 0..400 habit 70 sd 25
      "free sugar eaten" cite assumed
lever fat [1] range 0..1 habit 0.5 sd 0.15
      "how fatty, and how saturated, the diet is: 0 very lean, 1 all animal fat"
      cite assumed
lever processed [1] range 0..1 habit 0.5 sd 0.15
      "share of the food that is ultra-processed" cite assumed
lever fermented [1/d] range 0..15 habit 0.5 sd 0.5
      "servings of live fermented food a day" cite wastyk2021
lever probiotic [1/d] range 0..10 habit 0 sd 0.3
      "doses of a probiotic product a day" cite tremblay2023
lever water [L/d] range 0..8 habit 2 sd 0.5
      "water and other drinks" cite assumed
lever sleep [1] range 0..1 habit 0.8 sd 0.1
      "how good the night was: 0 none, 1 perfect" cite assumed
lever stress [1] range 0..1 habit 0.3 sd 0.15
      "0 none, 1 the worst you know" cite assumed
lever glycaemic [1] range 0.2..3 habit 1 sd 0.2
      "glycaemic load relative to the typical diet" cite burris2018
lever dairy [1] range 0..6 habit 1 sd 0.4
      "milk and milk products relative to the typical diet" cite beasley2013
lever antibiotic [1] range 0..1 habit 0 sd 0.05
      "a broad antibiotic by mouth: 1 a full course's daily dose" cite palleja2018
lever rifaximin [1] range 0..1 habit 0 sd 0.05
      "rifaximin, 1 = 1200 mg a day" cite parodi2008
lever sun [1] range 0..2 habit 0.2 sd 0.1
      "sunlight on the skin as a share of what the body's vitamin D is made from"
      cite webb2021
lever uvb [J/cm2/d] range 0..6 habit 0 sd 0.3
      "narrow-band UVB phototherapy, dose averaged over the days" cite watson2021
lever scratch [1] range 0..5 habit 0 sd 0.3
      "injury to the skin: scratching, picking, stripping" cite leyvacastillo2019
lever emollient [1] range 0..1 habit 0 sd 0.3
      "moisturiser: 1 applied generously to all affected skin" cite assumed
lever steroid [1] range 0..1 habit 0 sd 0.2
      "topical steroid: 1 potent enough, daily, on all affected skin" cite assumed
lever slow_transit [1] range 0..3 habit 0 sd 0.1
      "slow small bowel (illness, medicines): 1 doubles what overgrowth is seeded with"
      cite lauritano2008
lever flush_trigger [1] range 0..1 habit 0 sd 0.3
      "heat, alcohol, hot drinks or spice: 1 a strong trigger on this day" cite assumed

# --------------------------------------------------------------------------------------
# Personal parameters: what a diary may move (mechanism: a handful of products)
# --------------------------------------------------------------------------------------

param risk_eczema = 0.55 [1] range 0.15..2 prior lognormal(0.85, 1.3) personal
      "how easily a broken barrier turns to eczema: 0.3 never, 0.55 typical, 1 always"
      cite assumed
param risk_psoriasis = 1 [1] range 0.2..6 prior lognormal(1.2, 1.35) personal
      "how strongly Th17 tone drives plaques; people who have psoriasis are around 1.2"
      cite shmarov2022
param risk_acne = 1 [1] range 0.4..2 prior lognormal(1.2, 1.15) personal
      "androgen drive on sebum and follicle; 1.2 gives 1.6 times the typical lesions"
      cite assumed
param risk_rosacea = 1 [1] range 0.2..20 prior lognormal(4, 1.6) personal
      "how strongly face vessels answer; people who have rosacea are around 4"
      cite assumed

param gain_fibre = 1 [1] range -4..5 prior normal(0, 1.2) personal scales fibre
      "the whole chain from dietary fibre; no skin trial: prior centred on zero"
      cite so2018, jiao2015
param gain_prebiotic = 1 [1] range -4..5 prior normal(0, 1.2) personal scales prebiotic
      "the whole chain from prebiotics; no controlled skin trial: prior centred on zero"
      cite so2018
param gain_sugar = 1 [1] range -4..5 prior normal(0, 1.2) personal scales sugar
      "the whole chain from free sugar; no skin trial: prior centred on zero"
      cite nier2019, aleman2021
param gain_fat = 1 [1] range -2..3 prior normal(0, 0.7) personal scales fat
      "the whole chain from fat; contested: prior centred on zero"
      cite erridge2007, jnutr2020
param gain_processed = 1 [1] range -4..5 prior normal(0, 1.2) personal scales processed
      "the whole chain from processed food; no skin trial: prior centred on zero"
      cite chassaing2022
param gain_fermented = 1 [1] range -4..5 prior normal(0, 1.2) personal scales fermented
      "the whole chain from fermented food; no clear skin trial: prior centred on zero"
      cite wastyk2021
param gain_probiotic = 1 [1] range -4..6 prior normal(1, 1.5) personal scales probiotic
      "the whole chain from probiotics; small, uneven effects in eczema trials"
      cite huang2017
param gain_glycaemic = 1 [1] range -3..5 prior normal(1, 0.6) personal scales glycaemic
      "the chain glycaemic load, insulin, IGF-1, sebum, lesions"
      cite burris2018, smith2008, kwon2012
param gain_dairy = 1 [1] range -4..5 prior normal(0, 1) personal scales dairy
      "the chain dairy, IGF-1, sebum; no skin trial: prior centred on zero"
      cite beasley2013
param gain_stress = 1 [1] range -2..4 prior normal(1, 0.6) personal scales stress
      "all ways from stress to the skin" cite chiu2003, evers2010, chida2007, kabatzinn1998
param gain_sleep = 1 [1] range -2..4 prior normal(0.6, 0.6) personal scales sleep
      "all ways from poor sleep to the skin; nights ruined by itch are no cause"
      cite oyetakin2015, altemus2001, ardakani2018
param gain_water = 1 [1] range -4..5 prior normal(0, 1) personal scales water
      "drinking on skin repair; contested where people drink enough: prior at zero"
      cite palma2015, chung1999
param gain_uvb = 1 [1] range 0.05..10 prior lognormal(1, 1.7) personal scales uvb
      "how well plaques answer to narrow-band UVB; spread from docs/notes/axis-uvb.md"
      cite watson2021
param gain_emollient = 1 [1] range 0..4 prior lognormal(1, 1.5) personal
      scales emollient
      "how much moisturiser speeds barrier repair" cite assumed
param gain_steroid = 1 [1] range 0..1.5 prior lognormal(0.9, 1.25) personal
      scales steroid
      "how well topical steroid damps inflammation" cite assumed
param gain_flush = 1 [1] range 0..6 prior lognormal(1, 1.8) personal
      scales flush_trigger
      "how strongly heat, alcohol and spice redden the face" cite assumed

# --------------------------------------------------------------------------------------
# The typical adult: levers and states that deviations are counted from
# --------------------------------------------------------------------------------------

param fibre_ref = 18 [g/d] range 5..40 "fibre of the typical diet" cite mcgill2015
param sugar_ref = 70 [g/d] range 20..150 "free sugar of the typical diet" cite assumed
param fat_ref = 0.5 [1] range 0.1..1 "fat index of the typical diet" cite assumed
param processed_ref = 0.5 [1] range 0..1 "ultra-processed share, typical" cite assumed
param fermented_ref = 0.5 [1/d] range 0..5 "fermented servings, typical" cite wastyk2021
param water_ref = 2 [L/d] range 0.5..5 "drinking of the typical adult" cite assumed
param sleep_ref = 0.8 [1] range 0.3..1 "sleep quality, typical" cite assumed
param stress_ref = 0.3 [1] range 0..1 "stress, typical" cite assumed
param fibre_min = 0.02 [1] range 0.001..0.1
      "relative fibre never counts as less than this" cite assumed
param sugar_min = 5 [g/d] range 0.1..20
      "free sugar never counts as less than this" cite assumed
param fat_floor = 0.02 [1] range 0.001..0.2
      "relative fat bends here instead of turning negative" cite assumed
param glycaemic_min = 0.05 [1] range 0.001..0.3
      "relative glycaemic load never counts as less than this" cite assumed
param dairy_min = 0.05 [1] range 0.001..0.3
      "relative dairy never counts as less than this: no dairy is not no IGF-1"
      cite assumed

param B_ref = 0.21 [1] range 0.01..0.6
      "share of the butyrate guild; healthy median 0.24 (0.01-0.59)" cite gupta2020
param Bi_ref = 0.03 [1] range 0.001..0.25
      "share of bifidobacteria and lactobacilli; median 0.013, mean 0.05" cite gupta2020
param S_ref = 0.42 [1] range 0.07..0.92
      "share of Bacteroides and Prevotella; median 0.45" cite gupta2020
param M_ref = 0.015 [1] range 0.0001..0.08
      "share of the mucin guild; median 0.007" cite gupta2020
param P_ref = 0.03 [1] range 0.001..0.31
      "share of pathobionts; median 0.012, heavy right tail" cite gupta2020
param O_ref = 0.295 [1] range 0.01..0.4
      "share of other commensals; closes the sum" cite gupta2020
param U_ref = 0.0298 [1] range 0..0.2 "small-bowel overgrowth, typical" cite parodi2008
param W_ref = 0.8 [1] range 0.3..1 "mucus layer, typical" cite assumed
param J_ref = 0.85 [1] range 0.5..0.99 "epithelial seal, typical" cite assumed
param Bs_ref = 0.909 [1] range 0.6..0.99 "skin barrier, typical" cite assumed
param Y_ref = 0.0065 [1] range 0..0.1 "eczema activity, typical" cite assumed
param K_ref = 0.0501 [1] range 0..0.2 "plaque activity, typical" cite assumed
param Z_ref = 0.1 [1] range 0.01..0.5 "rosacea activity, typical" cite assumed

# --------------------------------------------------------------------------------------
# Levers as this person's body answers to them
# --------------------------------------------------------------------------------------

let fibre_eaten [1] = max(fibre/fibre_ref, fibre_min)
      "dietary fibre, relative, before its gain"
let f [1] = fibre_eaten^gain_fibre*(1 + prebiotic/fibre_ref/fibre_eaten)^gain_prebiotic
      "fibre with prebiotics, relative; (fibre + prebiotic)/typical when the gains are 1"
let s [1] = (max(sugar, sugar_min)/sugar_ref)^gain_sugar
      "free sugar, relative"
let w_line [1] = 1 + gain_fat*(fat/fat_ref - 1)
      "fat, relative, before the floor"
let w [1] = max(w_line, fat_floor)*exp(min(w_line/fat_floor, 1) - 1)
      "fat, relative; equals w_line above the floor and fades smoothly below it"
let proc [1] = gain_processed*(processed - processed_ref)
      "ultra-processed food, deviation"
let ferm [1/d] = gain_fermented*(fermented - fermented_ref)
      "fermented food, deviation"
let gl [1] = max(glycaemic, glycaemic_min)^gain_glycaemic
      "glycaemic load, relative"
let milk [1] = max(dairy, dairy_min)^gain_dairy
      "dairy, relative"
let strain [1] = gain_stress*(stress - stress_ref)
      "stress, deviation"
let tired [1] = gain_sleep*max(sleep_ref - sleep, 0)
      "sleep lost; better than typical does not count"
let drink [L/d] = gain_water*(water - water_ref)
      "water, deviation"
let cream [1] = gain_emollient*emollient
      "moisturiser as it works"
let cortisone [1] = gain_steroid*steroid
      "topical steroid as it works"
let fructose [1] = pos(s - 1)
      "free sugar above the typical day"

# --------------------------------------------------------------------------------------
# Gut community: six guilds as shares, each growing towards its niche
# --------------------------------------------------------------------------------------

param r_B = 0.45 [1/d] range 0.1..2 "growth of the butyrate guild" cite david2014
param r_Bi = 0.5 [1/d] range 0.1..2 "growth of bifidobacteria and lactobacilli"
      cite david2014
param r_S = 0.6 [1/d] range 0.1..2 "growth of Bacteroides and Prevotella" cite david2014
param r_M = 0.35 [1/d] range 0.1..2 "growth of the mucin guild" cite david2014
param r_P = 0.8 [1/d] range 0.1..2 "growth of pathobionts" cite david2014
param r_O = 0.4 [1/d] range 0.1..2 "growth of other commensals" cite david2014
param kill_B = 1.6 [1/d] range 0..5 "antibiotic kill, butyrate guild" cite palleja2018
param kill_Bi = 1.8 [1/d] range 0..5 "antibiotic kill, bifidobacteria" cite palleja2018
param kill_S = 1.2 [1/d] range 0..5 "antibiotic kill, Bacteroides" cite dethlefsen2011
param kill_M = 1 [1/d] range 0..5 "antibiotic kill, mucin guild" cite assumed
param kill_P = 0.5 [1/d] range 0..5 "antibiotic kill, pathobionts: they bloom"
      cite palleja2018
param kill_O = 1.4 [1/d] range 0..5 "antibiotic kill, others" cite dethlefsen2011
param kill_rifaximin = 0.05 [1/d] range 0..1 "rifaximin on colon guilds: little"
      cite assumed
param lysis = 0.005 [1/d] range 0.001..0.01 "phage lysis at typical activity"
      cite lopez2025
param seed = 1e-4 [1/d] range 0..0.01 "reseeding, share of the typical guild a day"
      cite assumed

param n_B_f = 0.25 [1] range 0..1 "fibre on the butyrate niche" cite so2018
param k_B_X = 0.3 [1] range 0..1 "inflammation shrinks the butyrate niche" cite assumed
param k_B_w = 0.25 [1] range -0.5..0.9 "fat shrinks the butyrate niche" cite david2014
param k_B_Dv = 0.5 [1] range 0..1 "diversity widens the butyrate niche"
      cite wastyk2021
param n_Bi_f = 0.25 [1] range 0..1 "fibre on the bifido niche" cite so2018
param k_Bi_preb = 2.5 [1] range 0..10 "prebiotics on the bifido niche, at most"
      cite so2018
param half_preb = 8 [g/d] range 1..30 "prebiotic dose of half that" cite so2018
param dose_Bi = 0.004 [1] range 0..0.05
      "share of the community that one probiotic dose brings" cite tremblay2023
param k_S_f = 0.3 [1] range 0..0.9 "fibre on the saccharolytic niche" cite assumed
param k_S_w = 0.15 [1] range 0..0.9 "fat on the saccharolytic niche" cite david2014
param n_M_W = 0.5 [1] range 0..2 "mucus feeds the mucin guild" cite kettle2022
param n_P_oxygen = 0.5 [1] range 0..2 "oxygen leaking in feeds pathobionts" cite assumed
param n_P_s = 0.3 [1] range 0..1 "sugar feeds pathobionts" cite assumed
param k_P_w = 0.4 [1] range 0..0.9 "fat feeds pathobionts" cite david2014
param n_P_X = 0.3 [1] range 0..1 "inflammation feeds pathobionts" cite gupta2020
param n_P_CR = 0.5 [1] range 0..2 "a full community keeps pathobionts out"
      cite gupta2020
param P_max = 0.6 [1] range 0.1..0.9 "pathobionts' niche is never larger" cite gupta2020
param k_O_f = 0.4 [1] range 0..0.9 "fibre on the niche of others" cite assumed
param hypoxia_max = 1.25 [1] range 1..2 "oxygen use by the colon wall, at most"
      cite assumed
param half_hypoxia = 0.5 [1] range 0.1..1 "butyrate at which half of it is reached"
      cite assumed
param hypoxia_min = 0.1 [1] range 0.01..0.5 "oxygen use never counts as less"
      cite assumed
param n_CR_B = 0.4 [1] range 0..1 "butyrate guild on resistance to newcomers"
      cite assumed

let b [1] = B/B_ref "butyrate guild, relative"
let hypoxia [1] = hypoxia_max*hill(Bu, half_hypoxia, 2)
      "oxygen used up by a butyrate-fed wall"
let oxygen [1] = 1/max(hypoxia, hypoxia_min) "oxygen left over for pathobionts"
let CR [1] = b^n_CR_B*Dv "colonisation resistance"
let killing_rifaximin [1/d] = kill_rifaximin*rifaximin "rifaximin, all guilds"
let phage_burden [1/d] = lysis*(V - 1) "lysis above the typical"
let niche_B [1] = B_ref*f^n_B_f*(1 + k_B_Dv*(Dv - 1))
                  /((1 + k_B_X*(X - 1))*(1 + k_B_w*(w - 1)))
let niche_Bi [1] = Bi_ref*f^n_Bi_f
                   *(1 + k_Bi_preb*prebiotic/(prebiotic + half_preb))^gain_prebiotic
let niche_S [1] = S_ref*(1 + k_S_f*(f - 1))*(1 + k_S_w*(w - 1))
let niche_M [1] = M_ref*(W/W_ref)^n_M_W
let niche_P [1] = min(P_max, P_ref*oxygen^n_P_oxygen*s^n_P_s*(1 + k_P_w*(w - 1))
                  *X^n_P_X/CR^n_P_CR)
let niche_O [1] = O_ref*(1 + k_O_f*(f - 1))*Dv
let brought_Bi [1/d] = dose_Bi*gain_probiotic*probiotic
                       *if(gain_probiotic < 0, Bi/Bi_ref, 1)
      "what probiotics bring; with a negative gain they drive out some that live there"

state B [1] = 0.21001 range 1e-9..1 log
      "butyrate guild (Faecalibacterium, Roseburia ...), share"
      cite gupta2020, david2014
      B' = r_B*B*(1 - B/niche_B) - (kill_B*antibiotic + killing_rifaximin)*B
           - phage_burden*B + seed*B_ref
state Bi [1] = 0.030006 range 1e-9..1 log
      "bifidobacteria and lactobacilli, share" cite gupta2020, so2018
      Bi' = r_Bi*Bi*(1 - Bi/niche_Bi) - (kill_Bi*antibiotic + killing_rifaximin)*Bi
            - phage_burden*Bi + brought_Bi + seed*Bi_ref
state S [1] = 0.42007 range 1e-9..2 log
      "saccharolytic guild (Bacteroides, Prevotella), share" cite gupta2020
      S' = r_S*S*(1 - S/niche_S) - (kill_S*antibiotic + killing_rifaximin)*S
           - phage_burden*S + seed*S_ref
state M [1] = 0.015004 range 1e-9..1 log
      "mucin guild (Akkermansia, R. gnavus), share; more is not better" cite gupta2020
      M' = r_M*M*(1 - M/niche_M) - (kill_M*antibiotic + killing_rifaximin)*M
           - phage_burden*M + seed*M_ref
state P [1] = 0.030008 range 1e-9..1 log
      "pathobionts with inflammatory LPS, share" cite gupta2020
      P' = r_P*P*(1 - P/niche_P) - (kill_P*antibiotic + killing_rifaximin)*P
           - phage_burden*P + seed*P_ref
state O [1] = 0.29507 range 1e-9..2 log
      "other commensals, share" cite gupta2020
      O' = r_O*O*(1 - O/niche_O) - (kill_O*antibiotic + killing_rifaximin)*O
           - phage_burden*O + seed*O_ref

param r_Fu = 0.3 [1/d] range 0.05..1 "growth of fungi" cite assumed
param n_Fu_s = 0.6 [1] range 0..2 "sugar feeds fungi" cite assumed
param n_Fu_CR = 0.6 [1] range 0..2 "a full community keeps fungi out" cite assumed
param k_Fu_antibiotic = 1.5 [1] range 0..20 "antibiotics make room for fungi"
      cite assumed

state Fu [1] = 0.99999 range 1e-6..50
      "gut fungi (Candida), relative" cite assumed
      Fu' = r_Fu*Fu*(1 - Fu/(s^n_Fu_s/CR^n_Fu_CR*(1 + k_Fu_antibiotic*antibiotic)))

param tau_V = 2 [d] range 0.5..10 "phage activity follows within days" cite lopez2025
param k_V_antibiotic = 2 [1] range 0..10 "antibiotics induce phage" cite assumed
param k_V_X = 0.2 [1] range 0..2 "inflammation induces phage" cite assumed

state V [1] = 1.0001 range 0..20 fast
      "phage activity, relative; a burden of about half a percent a day" cite lopez2025
      V' = (1 + k_V_antibiotic*antibiotic + k_V_X*(X - 1) - V)/tau_V

param seed_U = 0.0015 [1/d] range 0..0.01 "seeding of the small bowel"
      cite lauritano2008
param k_U_s = 0.5 [1] range 0..0.99 "sugar on that seeding" cite assumed
param grow_U = 0.06 [1/d] range 0..0.2 "overgrowth feeds itself by slow clearance"
      cite lauritano2008
param clear_U = 0.06 [1/d] range 0.01..0.2 "clearance of the small bowel"
      cite lauritano2008
param half_U = 0.4 [1] range 0.1..0.9 "overgrowth of half that feedback"
      cite assumed
param kill_U_rifaximin = 0.5 [1/d] range 0..2 "rifaximin on overgrowth"
      cite parodi2008
param kill_U_antibiotic = 0.2 [1/d] range 0..2 "broad antibiotic on overgrowth"
      cite assumed

state U [1] = 0.030952 range 0..1.5
      "small-bowel overgrowth, 0 to 1; low 0.03, tips at 0.17, high 0.84"
      cite lauritano2008, parodi2008
      U' = seed_U*(1 + k_U_s*(s - 1))*(1 + slow_transit) + grow_U*hill(U, half_U, 2)
           - clear_U*U - kill_U_rifaximin*rifaximin*U - kill_U_antibiotic*antibiotic*U

param tau_Dv = 30 [d] range 5..200 "diversity returns slowly" cite palleja2018
param k_Dv_f = 0.25 [1] range 0..1 "fibre on diversity" cite wastyk2021
param n_Dv_f = 0.5 [1] range 0..1 "with less and less return" cite wastyk2021
param k_Dv_ferm = 0.025 [d] range 0..0.1 "fermented servings on diversity"
      cite wastyk2021
param k_Dv_proc = 0.06 [1] range -0.5..0.5 "ultra-processed food on diversity"
      cite chassaing2022
param kill_Dv = 0.12 [1/d] range 0..1 "antibiotic on diversity" cite palleja2018

state Dv [1] = 1 range 0.01..3
      "diversity of the community, relative" cite wastyk2021, palleja2018
      Dv' = ((1 + k_Dv_f*(f^n_Dv_f - 1))*(1 + k_Dv_ferm*ferm)*(1 - k_Dv_proc*proc) - Dv)
            /tau_Dv - kill_Dv*antibiotic*Dv

# --------------------------------------------------------------------------------------
# Metabolites and the gut barrier
# --------------------------------------------------------------------------------------

param tau_Bu = 0.5 [d] range 0.05..2 "butyrate is made and absorbed within a day"
      cite kettle2022
param n_Bu_B = 0.6 [1] range 0..2 "butyrate from its guild" cite assumed
param n_Bu_f = 0.2 [1] range 0..1 "butyrate from fibre at hand" cite so2018, boets2015
param tau_Oc = 0.5 [d] range 0.05..2 "acetate and propionate" cite kettle2022
param n_Oc_f = 0.5 [1] range 0..1 "acetate and propionate from fibre" cite boets2015
param n_Oc_guild = 0.5 [1] range 0..1 "acetate and propionate from their makers"
      cite kettle2022
param tau_BA = 2 [d] range 0.5..10 "secondary bile acids" cite hamilton2007
param k_BA_w = 0.4 [1] range 0..0.9 "fat on bile acids" cite assumed
param n_BA_O = 0.5 [1] range 0..1 "their makers on bile acids" cite assumed
param r_Ind = 0.7 [1/d] range 0.1..3 "turnover of indoles" cite assumed
param n_Ind_Bi = 0.2 [1] range 0..1 "bifidobacteria on indoles" cite assumed
param n_Ind_Dv = 0.5 [1] range 0..1 "diversity on indoles" cite assumed
param n_Ind_f = 0.1 [1] range 0..1 "fibre on indoles" cite assumed

state Bu [1] = 1.00003 range 0..10 fast
      "butyrate supply to the colon wall, relative" cite kettle2022, boets2015
      Bu' = (b^n_Bu_B*f^n_Bu_f - Bu)/tau_Bu
state Oc [1] = 1.0001 range 0..10 fast
      "acetate and propionate, relative" cite kettle2022
      Oc' = (f^n_Oc_f*((S + Bi + O)/(S_ref + Bi_ref + O_ref))^n_Oc_guild - Oc)/tau_Oc
state BA [1] = 1.0001 range 0..10 fast
      "secondary bile acids, relative" cite hamilton2007
      BA' = ((1 + k_BA_w*(w - 1))*(O/O_ref)^n_BA_O - BA)/tau_BA
state Ind [1] = 1.00004 range 0..10 fast
      "indoles and other AhR ligands, relative" cite assumed
      Ind' = r_Ind*((Bi/Bi_ref)^n_Ind_Bi*Dv^n_Ind_Dv*f^n_Ind_f - Ind)

param tau_W = 5 [d] range 1..20 "mucus layer" cite row0108
param n_W_Bu = 0.25 [1] range 0..1 "butyrate on mucus" cite assumed
param n_W_BA = 0.05 [1] range 0..1 "bile acids thin mucus" cite assumed
param k_W_f = 0.5 [1] range 0..1 "missing fibre: the community eats mucus"
      cite kettle2022
param k_W_proc = 0.35 [1] range -1..1 "ultra-processed food (emulsifiers) on mucus"
      cite chassaing2022
param k_W_M = 0.2 [1] range 0..0.9 "mucin guild eats mucus" cite assumed

let erosion [1] = (1 + k_W_f*(1/f - 1))*(1 + k_W_proc*proc)*(1 + k_W_M*(M/M_ref - 1))
      "mucus eaten, relative"

state W [1] = 0.79996 range 0..3
      "mucus layer, 0 to 1" cite assumed
      W' = (W_ref*Bu^n_W_Bu*BA^(-n_W_BA)/erosion - W)/tau_W

param r_J = 0.25 [1/d] range 0.05..1 "renewal of the gut lining"
      cite bionumbers2011
param n_J_Bu = 0.3 [1] range 0..1 "butyrate on renewal" cite neumann2018
param n_J_Ind = 0.1 [1] range 0..1 "indoles on renewal" cite assumed
param n_J_D25 = 0.05 [1] range 0..1 "vitamin D on renewal" cite assumed
param n_J_W = 0.3 [1] range 0..1 "thin mucus adds to damage" cite assumed
param k_J_X = 0.5 [1] range 0..2 "inflammation damages the seal" cite neumann2018
param k_J_stress = 2 [1] range 0..5 "stress opens the seal (speech test: twofold)"
      cite vanuytsel2014
param k_J_MC = 0.4 [1] range -2..2 prior normal(0.1, 0.3)
      "gut mast cells open the seal; contested (skin to gut, mouse): prior near zero"
      cite vanuytsel2014, leyvacastillo2019
param k_J_proc = 0.5 [1] range -2..2 "ultra-processed food on the seal" cite assumed
param k_J_fructose = 0.1 [1] range -1..1 prior normal(0, 0.1)
      "sugar above typical on the seal; contested (one up, one null): prior at zero"
      cite nier2019, aleman2021
param k_J_U = 0.25 [1] range -1..1 "overgrowth on the seal" cite assumed
param damage_min = 0.3 [1] range 0.01..0.9 "damage never counts as less" cite assumed
param skin_to_gut = 1 [1] range -3..3 prior normal(0, 0.5)
      "way back from skin to gut: 1 as in mice, 0 none; contested: prior at zero"
      cite dokoshi2021, dokoshi2024

let damage [1] = 1 + k_J_X*pos(X - 1) + k_J_stress*strain
                 + k_J_MC*skin_to_gut*(MC - 1) + k_J_proc*proc
                 + k_J_fructose*fructose + k_J_U*(U - U_ref)
      "wear of the gut lining, relative"

state J [1] = 0.84989 range 0.001..1
      "epithelial seal, 0 to 1; 1 - J is what lactulose:mannitol sees"
      cite vanuytsel2014, bionumbers2011
      J' = r_J*(1 - J)*Bu^n_J_Bu*Ind^n_J_Ind*D25^n_J_D25
           - r_J*(1 - J_ref)/J_ref*J*max(damage, damage_min)*(W/W_ref)^(-n_J_W)

param r_E = 3 [1/d] range 0.5..30 "endotoxin is cleared within a day" cite buchanan1976
param n_E_P = 0.2025 [1] range 0..1 "pathobionts on endotoxin" cite pendyala2012
param n_E_J = 0.6 [1] range 0..2 "open seal on endotoxin" cite pendyala2012
param k_E_w = 0.35 [1] range -0.9..0.9 prior normal(0.05, 0.2)
      "fat carries endotoxin in; contested (a larger study doubts it): prior near zero"
      cite erridge2007, jnutr2020
param k_E_U = 0.4 [1] range -1..2 "overgrowth on endotoxin" cite assumed

state E [1] = 1.001 range 0..20 fast
      "endotoxin activity in blood, relative" cite pendyala2012, erridge2007
      E' = r_E*((P/P_ref)^n_E_P*((1 - J)/(1 - J_ref))^n_E_J*(1 + k_E_w*(w - 1))
           *(1 + k_E_U*(U - U_ref)) - E)

# --------------------------------------------------------------------------------------
# Blood: inflammation, T cells, hormones
# --------------------------------------------------------------------------------------

param tau_X = 1 [d] range 0.1..5 "IL-6 and TNF tone" cite copeland2005
param X_base = 0.63 [1] range 0..1 "tone that nothing in this model drives" cite assumed
param k_X_E = 0.22 [1] range 0..1 "endotoxin on inflammation" cite pendyala2012
param E_top = 4 [1] range 1..10 "endotoxin's effect saturates at this multiple"
      cite assumed
param half_E = 1.7320508075688772 [1] range 0.5..5 "endotoxin of half that (root of 3)"
      cite assumed
param k_X_G = 0.1 [1] range 0..1 "insulin tone on inflammation" cite assumed
param k_X_H = 0.05 [1] range -0.5..0.5 "stress axis on inflammation" cite assumed
param k_X_Y = 0.25 [1] range 0..1 "eczema on inflammation" cite assumed
param k_X_K = 0.25 [1] range 0..1 "plaques on inflammation" cite assumed
param k_X_L = 0.05 [1] range 0..0.5 "acne on inflammation" cite assumed
param k_X_Z = 0.05 [1] range 0..0.5 "rosacea on inflammation" cite assumed
param n_X_Rg = 0.4 [1] range 0..1 "Treg damp inflammation" cite reynolds2006
param X_floor = 0.05 [1] range 0.001..0.2
      "inflammation's target bends here instead of turning negative" cite assumed

let skin_load [1] = k_X_Y*(Y - Y_ref) + k_X_K*(K - K_ref) + k_X_L*(L - 1)
                    + k_X_Z*(Z - Z_ref)
      "what inflamed skin adds to the blood, above the typical"
let X_line [1] = X_base + k_X_E*E_top*hill(E, half_E, 2) + k_X_G*G + k_X_H*H
                 + skin_to_gut*skin_load
let X_drive [1] = max(X_line, X_floor)*exp(min(X_line/X_floor, 1) - 1)
      "all that drives inflammation; equals X_line above the floor"

state X [1] = 1.0006 range 0.001..20 fast
      "systemic inflammation (IL-6, TNF tone), relative" cite copeland2005
      X' = (X_drive/Rg^n_X_Rg - X)/tau_X

param tau_CRP = 1.14 [d] range 0.5..3 "CRP half-life of 19 h" cite vigushin1993
param n_CRP_X = 1.5 [1] range 0.5..3 "CRP rises more than IL-6 tone" cite jiao2015

state CRP [1] = 1.0009 range 0..100 fast
      "C-reactive protein, relative" cite vigushin1993
      CRP' = (X^n_CRP_X - CRP)/tau_CRP

param tau_T17 = 14 [d] range 5..200 "Th17 tone" cite vukmanovicstejic2006
param T17_base = 0.5 [1] range 0..1 "Th17 tone that nothing here drives" cite assumed
param k_T17_X = 0.35 [1] range 0..1 "inflammation on Th17" cite assumed
param k_T17_Fu = 0.15 [1] range 0..1 "fungi on Th17" cite assumed
param n_T17_Fu = 0.3 [1] range 0..1 "with less and less return" cite assumed
param k_T17_K = 1.2 [1] range 0..3 "plaques feed Th17" cite shmarov2022
param n_T17_Rg = 0.5 [1] range 0..1 "Treg damp Th17" cite assumed

state T17 [1] = 1.0003 range 0..20
      "Th17 and IL-23 tone, relative" cite shmarov2022, vukmanovicstejic2006
      T17' = ((T17_base + k_T17_X*X + k_T17_Fu*Fu^n_T17_Fu + k_T17_K*K)/Rg^n_T17_Rg
             - T17 - k_T17_K*K_ref)/tau_T17

param tau_T2 = 12 [d] range 5..200 "Th2 tone" cite miyano2021
param T2_base = 0.8 [1] range 0..1 "Th2 tone that nothing here drives" cite assumed
param k_T2_MC = 0.2 [1] range 0..1 "mast cells on Th2" cite leyvacastillo2019
param k_T2_Y = 0.8 [1] range 0..3 "eczema feeds Th2" cite miyano2021
param n_T2_Rg = 0.4 [1] range 0..1 "Treg damp Th2" cite assumed

state T2 [1] = 1.0005 range 0..20
      "Th2, ILC2, IL-4 and IL-13 tone, relative" cite miyano2021
      T2' = ((T2_base + k_T2_MC*MC + k_T2_Y*Y)/Rg^n_T2_Rg - T2 - k_T2_Y*Y_ref)/tau_T2

param tau_Rg = 10 [d] range 5..30 "Treg tone" cite vukmanovicstejic2006
param n_Rg_Bu = 0.35 [1] range 0..1 "butyrate makes Treg" cite assumed
param n_Rg_Ind = 0.15 [1] range 0..1 "indoles make Treg" cite assumed
param n_Rg_D25 = 0.15 [1] range 0..1 "vitamin D makes Treg" cite assumed
param n_Rg_Dv = 0.2 [1] range 0..1 "diversity makes Treg" cite wastyk2021

state Rg [1] = 1.00002 range 0.01..10
      "regulatory T-cell tone, relative" cite vukmanovicstejic2006
      Rg' = (Bu^n_Rg_Bu*Ind^n_Rg_Ind*D25^n_Rg_D25*Dv^n_Rg_Dv - Rg)/tau_Rg

param tau_G = 2 [d] range 0.5..10 "insulin tone" cite smith2008
param n_G_gl = 0.5 [1] range 0..1 "glycaemic load on insulin tone"
      cite burris2018, smith2008
param k_G_sleep = 0.3 [1] range -1..1 prior normal(0.05, 0.2)
      "lost sleep on insulin tone, and so on CRP; contested (acute null): prior near zero"
      cite irwin2016
param n_G_X = 0.1 [1] range 0..1 "inflammation on insulin tone" cite assumed

state G [1] = 1.00006 range 0.01..10 fast
      "insulin tone, relative" cite smith2008
      G' = (gl^n_G_gl*(1 + k_G_sleep*tired)*X^n_G_X - G)/tau_G

param tau_IG = 5 [d] range 1..20 "IGF-1 follows the diet within a week"
      cite burris2018
param n_IG_G = 0.48 [1] range 0..1 "insulin tone on IGF-1 (2 weeks of low load: 0.915)"
      cite burris2018
param n_IG_milk = 0.1 [1] range 0..1 "dairy on IGF-1 (whey 30 g/d: +8%)"
      cite beasley2013

state IG [1] = 1.00003 range 0.01..10 fast
      "IGF-1, relative" cite burris2018
      IG' = (G^n_IG_G*milk^n_IG_milk - IG)/tau_IG

param tau_H = 4 [d] range 1..20 "stress-axis tone" cite hosseinichimeh2015
param k_H_stress = 0.9 [1] range 0..3 "stress on its axis" cite assumed
param k_H_sleep = 0.5 [1] range -1..2 "lost sleep on the stress axis" cite assumed
param k_H_skin = 0.15 [1] range -1..1 "visible eczema and plaques weigh on a person"
      cite assumed
param H_floor = 0.05 [1] range 0.001..0.2
      "stress-axis target bends here instead of turning negative" cite assumed

let H_line [1] = 1 + k_H_stress*strain + k_H_sleep*tired
                 + k_H_skin*(Y - Y_ref + K - K_ref)

state H [1] = 1.0001 range 0.001..10
      "stress-axis (cortisol) tone, relative" cite hosseinichimeh2015
      H' = (max(H_line, H_floor)*exp(min(H_line/H_floor, 1) - 1) - H)/tau_H

param tau_Sb = 21 [d] range 7..60 prior lognormal(21, 1.35)
      "sebum glands follow slowly" cite leeds1994
param n_Sb_IG = 1.3 [1] range 0..3 "IGF-1 on sebum" cite kwon2012
param n_Sb_H = 0.1 [1] range -0.5..1 "stress axis on sebum" cite assumed

state Sb [1] = 1.00005 range 0..20
      "sebum, relative" cite leeds1994
      Sb' = (risk_acne*IG^n_Sb_IG*H^n_Sb_H - Sb)/tau_Sb

# --------------------------------------------------------------------------------------
# Skin
# --------------------------------------------------------------------------------------

param r_Bs = 0.2 [1/d] range 0.02..1 "repair of the skin barrier" cite frodin1984
param d_Bs = 0.02 [1/d] range 0.002..0.3 "shedding of the skin barrier" cite lee2024
param k_Bs_sleep = 0.9 [1] range -1..2 "lost sleep slows repair"
      cite oyetakin2015, altemus2001
param repair_floor = 0.1 [1] range 0.001..0.2
      "repair in lost sleep bends here instead of turning negative" cite assumed
param k_Bs_H = 0.2 [1] range -1..1 "stress axis slows repair" cite altemus2001
param n_Bs_D25 = 0.05 [1] range 0..1 "vitamin D on repair" cite assumed
param k_Bs_water = 0.03 [d/L] range -0.2..0.2 prior normal(0, 0.03)
      "drinking on repair; contested in people who drink enough: prior centred on zero"
      cite palma2015
param k_Bs_Y = 3 [1] range 0..20 "eczema on repair and loss" cite dominguez2017
param k_Bs_T2 = 0.1 [1] range 0..2 "Th2 slows repair" cite dominguez2017
param k_Bs_cream = 0.6 [1] range 0..3 "moisturiser on repair, fully applied"
      cite assumed
param k_Bs_Q = 1 [1] range 0..5 "injured skin loses barrier" cite assumed
param k_Bs_cortisone = 0.7 [1] range 0..1 "topical steroid shields the barrier"
      cite assumed
param cortisone_floor = 0.05 [1] range 0.001..0.2
      "what steroid leaves bends here instead of turning negative" cite assumed

let calm_Bs [1] = 1 - k_Bs_cortisone*cortisone "before the floor"
let repair_night [1] = 1 - k_Bs_sleep*tired "before the floor"
let fire [1] = k_Bs_Y*Y*max(calm_Bs, cortisone_floor)
               *exp(min(calm_Bs/cortisone_floor, 1) - 1)
      "eczema as the barrier feels it, through topical steroid"
let repair [1] = max(repair_night, repair_floor)
                 *exp(min(repair_night/repair_floor, 1) - 1)
                 *(1 - k_Bs_H*(H - 1))*D25^n_Bs_D25*(1 + k_Bs_water*drink)
      "speed of barrier repair, relative"

state Bs [1] = 0.90489 range 0.001..1
      "skin barrier, 0 to 1" cite frodin1984, dominguez2017
      Bs' = r_Bs*(1 - Bs)*repair*(1 + k_Bs_cream*cream)
            /((1 + fire)*(1 + k_Bs_T2*pos(T2 - 1)))
            - d_Bs*Bs*(1 + fire + k_Bs_Q*Q + scratch)

param tau_Y = 5 [d] range 1..20 "eczema activity" cite miyano2021
param half_A = 3 [1] range 1..10 "drive at which eczema is half switched on"
      cite assumed
param A_gap = 0.091 [1] range 0.01..0.3 "barrier gap the drive is measured in"
      cite assumed
param k_A_T2 = 0.3 [1] range 0..1 "Th2 on the drive" cite miyano2021
param n_A_X = 0.3 [1] range 0..1 "inflammation on the drive" cite assumed
param k_A_cortisone = 0.6 [1] range 0..1 "topical steroid on the drive" cite assumed

let calm_A [1] = 1 - k_A_cortisone*cortisone "before the floor"
let A [1] = risk_eczema*(1 - Bs)/A_gap*(1 + k_A_T2*(T2 - 1))*X^n_A_X
            *max(calm_A, cortisone_floor)*exp(min(calm_A/cortisone_floor, 1) - 1)
      "what drives eczema"

state Y [1] = 0.0069926 range 0..1
      "eczema activity, 0 to 1; two stable states" cite dominguez2017, miyano2021
      Y' = (hill(A, half_A, 3) - Y)/tau_Y

param tau_K = 20 [d] range 5..60 "plaque activity" cite shmarov2022
param k_K_T17 = 0.05 [1] range 0..0.5 "Th17 on plaques" cite shmarov2022
param K_loop = 0.85 [1] range 0..1 "plaques keep themselves going" cite shmarov2022
param half_K = 0.4 [1] range 0.1..0.9 "plaque activity of half that" cite shmarov2022
param k_K_uvb = 0.155 [cm2/J] range 0..2
      "plaque activity cleared by narrow-band UVB; docs/notes/axis-uvb.md"
      cite watson2021
param k_K_cortisone = 0.04 [1/d] range 0..0.5
      "plaque activity cleared by topical steroid; not in the prototype" cite assumed

state K [1] = 0.050229 range 0..1.5
      "plaque activity, 0 to 1; two stable states" cite shmarov2022
      K' = (k_K_T17*risk_psoriasis*T17 + K_loop*hill(K, half_K, 4) - K)/tau_K
           - (k_K_uvb*gain_uvb*uvb + k_K_cortisone*cortisone)*K

param tau_Cm = 42 [d] range 14..90 "comedones come and go" cite row0163
param n_Cm_Sb = 1.4 [1] range 0..3 "sebum on comedones" cite janiczekdolphin2010
param n_Cm_G = 0.3 [1] range 0..1 "insulin tone on comedones" cite assumed

state Cm [1] = 1.0001 range 0..50
      "comedones (non-inflamed lesions), relative" cite janiczekdolphin2010
      Cm' = (Sb^n_Cm_Sb*G^n_Cm_G - Cm)/tau_Cm

param tau_L = 10 [d] range 3..30 prior lognormal(10, 1.35)
      "an inflamed lesion lasts a week or two" cite do2008
param n_L_X = 0.3 [1] range 0..1 "inflammation on lesions" cite assumed
param n_L_H = 0.3 [1] range -0.5..1 "stress axis on lesions" cite chiu2003

state L [1] = 1.0003 range 0..100
      "inflamed acne lesions, relative" cite do2008, kwon2012
      L' = (risk_acne*Cm*X^n_L_X*H^n_L_H - L)/tau_L

param tau_Z = 7 [d] range 2..30 "rosacea activity" cite parodi2008
param k_Z_U = 1.2 [1] range -1..3 "overgrowth on rosacea" cite parodi2008
param k_Z_X = 0.3 [1] range 0..1 "inflammation on rosacea" cite assumed
param k_Z_T17 = 0.1 [1] range 0..1 "Th17 on rosacea" cite assumed
param k_Z_flush = 0.02 [1/d] range 0..0.2 "what a day's trigger leaves behind"
      cite assumed
param flush_today = 0.06 [1] range 0..1 "what a day's trigger shows on that day"
      cite assumed
param Z_floor = 0.02 [1] range 0.001..0.1
      "visible rosacea bends here instead of reaching nought" cite assumed

state Z [1] = 0.10159 range -5..50
      "rosacea activity, from 0 up" cite parodi2008
      Z' = (risk_rosacea*(Z_ref + k_Z_U*(U - U_ref) + k_Z_X*(X - 1) + k_Z_T17*(T17 - 1))
           - Z)/tau_Z + k_Z_flush*risk_rosacea*gain_flush*flush_trigger

# --------------------------------------------------------------------------------------
# The way back: injured skin tells the gut; vitamin D
# --------------------------------------------------------------------------------------

param tau_Q = 1.5 [d] range 0.3..10 "alarm from injured skin" cite leyvacastillo2019
param k_Q_Y = 1.2 [1] range 0..5 "eczema raises the alarm" cite leyvacastillo2019
param tau_MC = 10 [d] range 2..40 "gut mast cells" cite leyvacastillo2019
param MC_top = 1 [1] range 0..5 "alarm on gut mast cells, at most"
      cite leyvacastillo2019
param half_MC = 0.6 [1] range 0.1..3 "alarm of half that" cite assumed
param k_MC_stress = 0.3 [1] range -1..2 "stress on gut mast cells" cite vanuytsel2014
param MC_tare = 0.013 [1] range 0..0.1 "keeps the typical adult's mast cells at 1"
      cite assumed

state Q [1] = 0.0083911 range 0..20 fast
      "alarm from injured skin (IL-33, hyaluronan)" cite leyvacastillo2019, dokoshi2021
      Q' = (k_Q_Y*Y + scratch - Q)/tau_Q
state MC [1] = 1.0008 range 0..10
      "gut mast-cell tone, relative" cite leyvacastillo2019
      MC' = (1 + MC_top*Q/(Q + half_MC) + k_MC_stress*strain - MC - MC_tare)/tau_MC

param tau_D25 = 21.6 [d] range 15..40 "half-life of 25(OH)D, 15 d" cite row0179
param D25_base = 0.8 [1] range 0..2 "vitamin D from food and stores" cite assumed
param k_D25_uvb = 0.4 [1] range 0..2
      "phototherapy on vitamin D, per e-fold of dose" cite bosman2019, webb2021
param dose_D25 = 0.02 [J/cm2/d] range 0.001..1 "dose from which it levels off"
      cite webb2021

state D25 [1] = 1 range 0.05..10
      "25(OH)D in serum, relative" cite row0179, bosman2019
      D25' = (D25_base + sun + k_D25_uvb*gain_uvb*ln(1 + uvb/dose_D25)
          - D25)/tau_D25

# --------------------------------------------------------------------------------------
# What can be seen
# --------------------------------------------------------------------------------------

see signal_eczema [1] = ln(0.5*Y + 0.5*(1 - Bs)) noise normal(0.2)
    "ln of eczema severity: half inflammation, half lost barrier" cite miyano2021
param K_left = 0.13 [1] range 0.001..0.5
      "what a score still sees when a plaque has gone: colour, small patches"
      cite watson2021
see signal_psoriasis [1] = ln(K + K_left) noise normal(0.15)
    "ln of visible plaque; differences are differences of ln PASI" cite watson2021
see signal_acne [1] = ln(L) noise normal(0.15)
    "ln of inflamed lesions" cite assumed
see signal_comedo [1] = ln(Cm) noise normal(0.15)
    "ln of comedones" cite assumed
see signal_rosacea [1] = ln((max(Z, Z_floor)*exp(min(Z/Z_floor, 1) - 1)
                         + flush_today*risk_rosacea*gain_flush*flush_trigger)/Z_ref)
    noise normal(0.2)
    "ln of visible rosacea, with the day's flush" cite assumed
see signal_dryness [1] = ln((1 - Bs)/(1 - Bs_ref)) noise normal(0.2)
    "ln of the gap in the skin barrier" cite assumed
see signal_oil [1] = ln(Sb) noise normal(0.15)
    "ln of sebum" cite assumed

param crp_ref = 0.8 [mg/L] range 0.1..10 prior lognormal(0.8, 2.5)
      "CRP of the typical adult; a person's own level differs widely" cite wilkins1998
param igf1_ref = 200 [ng/mL] range 50..600 prior lognormal(200, 1.35)
      "IGF-1 of the typical adult" cite assumed
param vitamin_d_ref = 50 [nmol/L] range 10..200 prior lognormal(50, 1.5)
      "25(OH)D of the typical adult" cite assumed
param lm_ref = 0.03 [1] range 0.005..0.1 prior lognormal(0.03, 1.6)
      "lactulose:mannitol of the typical adult" cite vanuytsel2014
param diversity_ref = 1.93 [1] range 0.5..4 prior lognormal(1.93, 1.3)
      "genus-level Shannon index of the typical adult; compare within one method only"
      cite gupta2020

let community [1] = B + Bi + S + M + P + O "sum of the guilds"

see crp [mg/L] = crp_ref*CRP noise lognormal(1.5)
    "C-reactive protein; drop values above 10" cite wilkins1998
see igf1 [ng/mL] = igf1_ref*IG noise lognormal(1.15)
    "IGF-1 in serum" cite burris2018
see vitamin_d [nmol/L] = vitamin_d_ref*D25 noise lognormal(1.15)
    "25(OH)D in serum" cite row0179
see lactulose_mannitol [1] = lm_ref*(1 - J)/(1 - J_ref) noise lognormal(1.5)
    "sugar test of gut permeability; serum zonulin is no stand-in"
    cite vanuytsel2014, tatucubabet2020
see butyrate_share [1] = B/community noise lognormal(1.65)
    "butyrate guild in a stool profile" cite gupta2020, vandeputte2021
see bifido_share [1] = Bi/community noise lognormal(2)
    "bifidobacteria and lactobacilli in a stool profile" cite gupta2020
see saccharolytic_share [1] = S/community noise lognormal(1.5)
    "Bacteroides and Prevotella in a stool profile" cite gupta2020
see mucin_share [1] = M/community noise lognormal(2.5)
    "mucin guild in a stool profile" cite gupta2020
see pathobiont_share [1] = P/community noise lognormal(2.5)
    "pathobionts in a stool profile" cite gupta2020
see other_share [1] = O/community noise lognormal(1.5)
    "other commensals in a stool profile" cite gupta2020
see diversity [1] = diversity_ref*Dv noise normal(0.2)
    "genus-level Shannon index of a stool profile" cite gupta2020
