"""Given names of many countries, in lower case: what tells a person from a product, a firm or a heading."""

from __future__ import annotations

from typing import Final

from samovar.lint.text.lexicon import vocabulary

GIVEN: Final = vocabulary(
    """aaron abdul abdullah abebe abena abigail abraham achim ada adaeze adam adanna adebayo adele adèle
    aditi aditya adriana adriano agata agnes agnieszka ahmad ahmed aiko aileen aino aisha aiden akira
    akosua alan alba albert alberto aldo alejandra alejandro aleksandra aleksander alessandra alessandro
    alessia alex alexander alexandra alexandre alexandros alexei alfonso alfred ali alice alicia alina
    aline alison allison alma alvaro álvaro amal amanda amara ambra amelia amélie amina amir amit amy ana
    anaïs anand anastasia anders andrea andreas andrei andrés andrew andrzej andy aneta angela angelo
    angus anika anil anita anja anjali ann anna anne annika ansgar anthony antoine anton antonia antonio
    anya aoife apinya aram archana ariana arjun arne arnaud arthur artur arun asa åsa asha ashley ashok
    astrid ateş augusto aurora aurélie axel ayaan ayaka aylin ayşe ayla ayesha aziz barbara bartosz basil
    bastian beata beatrice beatriz ben benedikt benjamin bernard bernhard beth bettina bianca bilal birgit
    bjarne björn blessing bogdan boris boyd brandon bram brenda brian brigitte britta bruce bruno burak
    camila camille can carl carla carlo carlos carmen carol carolin caroline carsten catalina caterina
    catherine cécile cecilia celine céline cem chang charles charlotte chen chiara chidi chidinma chika
    chinedu chioma chloe chloé chris christa christian christina christine christoph christophe
    christopher ciara ciarán claire clara claudia claudio clemens colette colin conchita connor conor
    constance cora cristina cyril dagmar dagny daisuke damian dan dana daniel daniela danielle danny daria
    darius dario darya dave david davide dawit dean deborah declan deepa deepak delphine denis denise
    dennis derek désirée desmond devon dewi diana diane diego dieter dimitri dina dinesh dmitri dmitry
    dominic dominik dominika donald donna dora doris dorota dorothea dorothy douglas duc dylan ebba
    eduardo edward edwin eero efe ekaterina elaine eleanor elena eleni eli elias elif elin elina elisa
    elisabeth elise eliza elizabeth ella ellen elodie élodie elsa emeka emil emilia emilie émilie emily
    emine emma emmanuel emre enrico enrique eric erica erik erika erin ernesto esra esteban esther ethan
    eugene eun eva evan evelyn ewa fabian fabio fabrice fadi faisal farah farid fatima fatma fatou
    federica federico felicia felipe felix feng ferdinand fernanda fernando filip filippo finn fiona
    florence florian folake frances francesca francesco francis francisco franck frank franz françois
    françoise frauke fred frederic frédéric frederik freya frida friedrich fumiko gabriel gabriela
    gabriella gareth gary gemma geoffrey george georg georgia gerald gerard gerhard gert giacomo giada
    gianluca gideon gilles gina giorgia giorgio giovanna giovanni giulia giulio giuseppe gloria gonzalo
    gordon grace grazia greg gregor greta grzegorz guadalupe gudrun guido guillaume guillermo gunnar
    günter gustav gwen hakan hala halima hamza han hana hanna hannah hannes hans harald haruki haruto
    harold harriet harry hasan hassan heather hector héctor hedda hedvig heidi heike heiko helen helena
    helene helga helmut hendrik henri henrietta henrike henrik henry herbert hiroshi hiro holger holly
    hong huda hugh hugo hussein hye hyun ian ibrahim ida idris ifeoma ignacio igor ilaria ilona ilse imani
    imran ina indira ines inés inès inga inge ingrid ingvild ioana ioannis irena irene irina iris isaac
    isabel isabella isabelle isla ismael ismail ivan ivana ivo iwona jaan jack jacob jacqueline jacques
    jakob jakub jamal james jamie jan jana jane janet janina janine jason jasmin jasmine javier jean
    jeanne jeff jelena jennifer jenny jens jeremy jeroen jérôme jesper jessica jesús jill jim jin jitka jo
    joachim joan joana joanna joão joaquín jochen joe joel johan johanna johannes john jolanta jon jonah
    jonas jonathan joost jordan jorge jorgen jørgen josé josef josefine joseph joshua jozef juan juana
    judith judy juha julia julian juliana julie julien juliet juliette julio jun june jung jürgen justin
    justine justyna kaan kai kaito karen kari karim karin karina karl karol karolina katarina katarzyna
    kate katharina katherine kathleen kathrin katie katja katrin kaveh kavita kazimierz keiko keith kelly
    ken kenji kenneth kenta kerstin kevin khadija khaled kim kimberly kirsten kjersti klaas klara klaus
    kofi konrad konstantin krishna kristen kristian kristin kristina kristof krzysztof kumar kurt kwabena
    kwame kyle lakshmi lamine lara larissa lars laszlo latifa laura laure laurence laurent laurie lauren
    lea léa leah leandro leila lena lennart leo leon léon leona leonardo leonie leonor leslie leticia lev
    liam lidia liesbeth lila lilian lily lin lina linda linh linnea linus lisa lise liv livia liyana lois
    lola lorenzo lotte lotta louis louise lourdes luc luca lucas lucia lucía lucie lucinda lucy ludovic
    luigi luis luisa lukas łukasz luke luna lydia lynn maarten maciej madeleine mads magali magda
    magdalena magnus mahmoud mai maja maksim malte małgorzata malik mamadou manon manuel manuela mara marc
    marcel marcello marcelo marcin marco marcos marcus margaret margarida margot marguerite maria maría
    mariam mariana marianne marie marija marina mario marion maris marisol marit marius mark marko marlene
    marta martha martijn martin martina mary maryam massimo mateo mateusz mathias mathieu mathilde matilda
    matt matteo matthew matthias matthieu maurice maurizio mauro max maxime maximilian maya mehmet mei
    meera mélanie melanie melissa mercedes mette mia micha michael michaela michal michał michel michela
    michele michelle miguel mika mikael mike mikhail mila milan milena milos mina minh mira miriam miriana
    mirela mirko mohamed mohammad mohammed moira moisés mona monica monika monique morgane moritz mustafa
    myriam nadia nadine nadja nagore naila nam nancy naoki naomi narges nasser natacha natalia natalie
    natasha nathalie nathan nathaniel navid neha neil nele nelson neven ngozi nguyen niamh nicholas nick
    nicola nicolás nicolas nicole niels nikhil niklas nikola nikolai nikos nils nina nisha nneka noah noel
    noémie nora norbert noor nour nuno nuria núria obinna octavia odile okan ola olaf ole oleg oleksandr
    olena olga oliver olivia olivier oluwaseun omar orla oscar oskar osman othmane otto ousmane owen pablo
    padma palesa pamela paola paolo pascal patrice patricia patricio patrick patrik paul paula paulina
    pauline paulo pavel pawel paweł pedro peggy penelope per perla pernille pete peter petr petra petros
    phil philip philipp philippe phoebe pia pierre pieter pilar piotr pooja prakash pranav preeti preethi
    priya quentin quinn rachel radek rafael raffaele rahel rahul rainer raj rajesh ralf ralph ramón ramona
    rania raphael raquel rasmus raúl ravi raymond rebecca regina reinhard reiko renata renate rené renée
    reza ricardo riccardo richard rick riitta rina rita rob robert roberta roberto robin rodrigo roger
    rohan roland roman romain ronald ronan ronja rosa rosalie rosalind rosario rose ross roxana ruben rui
    rukhsana rupert ruth ryan sabine sabrina sadia said saim sakura salem sally salma salvatore sam
    samantha samir samira samuel sana sandra sandrine sang sanjay sanne santiago saoirse sara sarah sascha
    saskia satoshi saul scott sean sebastian sébastien selim selma serena serge sergei sergio seung
    shabnam shane shannon sharon shira shirin shreya sian sidney siegfried sigrid silke silvia silvio
    simon simone sina siobhán sipho siv snežana soeren sofia sofie solange solveig sonia sonja sophia
    sophie soren søren soraya sota stacy stan stefan stefania stefanie stefano steffen stella stephan
    stephanie stéphane stephen steve steven stig stuart sudha sue suman sunita suresh susan susana susanna
    susanne suzanne svea sven svetlana sylvain sylvia sylvie takeshi tamara tamar tanja tanya tara tariq
    taro tatiana tatjana taylor ted teresa tessa thabo thandi thandiwe theo theodor theresa thérèse thi
    thierry thomas thorsten tiago tilda till tim timo timothy tina tobias tobi todd tom tomás tomas tomasz
    tomoko toni tony tore torben tove tracy trevor tricia trine tunde ulrich ulrike umar unai ursula uta
    uwe vadim valentin valentina valeria valérie vanessa vasco vera verena veronica veronika véronique
    viet vicente victor victoria vidya vijay vikram viktor viktoria vincent vincenzo viola violeta
    virginia vito vivian vivek vladimir volker walter wanda wanjiru wanjiku wei wendy werner wiebke
    wilhelm willem william wim wojciech wolfgang xavier xin yael yan yana yara yasmin yasmine yasmina
    yetunde ying yolanda yosef yuki yuko yulia yun yuri yusuf yves yvette yvonne zachary zahra zainab
    zanele zeynep zhang zoe zoé zofia zuzana żaneta wren juniper imogen pippa tamsin elspeth henrietta
    mirela oyelaran halvard sunniva runa eirik"""
)
"""Some are words as well; a sentence seldom has those with a capital."""
TITLES: Final = vocabulary(
    """mr mrs ms miss mx dr prof professor herr frau mme mlle monsieur madame sr sra señor señora sig dott
    dra"""
)
